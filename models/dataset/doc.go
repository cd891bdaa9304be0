// Package dataset reads data files into design matrices: CSV with a header,
// numeric and categorical columns and a target chosen by name, and LIBSVM; and
// documents into counts of their words: texts, and corpora in the format of
// lda-c. All may be plain or compressed with gzip.
//
//	d, err := dataset.Open("train.csv.gz", &dataset.Options{Target: "died"})
//	y, negative, positive, err := d.TwoClass("")
//	m := ... d.X ... y ...
//
// Files are read as a stream, one line or record at a time. Nothing is guessed
// about the data: a text in a numeric column, a missing value, a NaN, a row of
// another length and the like are refused with an *Error that says in which
// line and byte column, what was found, what was wanted and what to do. What was
// left out by choice is said in Dataset.Dropped and Dataset.Notes.
//
// A file of new data has to be coded like the training file: set Options.Like to
// the Schema of the training data, and its columns are found by name, its
// levels coded with the same indicators, its width made the same.
//
//	test, err := dataset.Open("test.csv.gz", &dataset.Options{Like: d.Schema})
//	ytest, err := test.Binary(negative, positive)
//
// A Standardizer brings columns to mean 0 and standard deviation 1 and maps
// coefficients back to the units of the file. Holdout splits rows by a seed.
//
// What is larger than the memory goes to a file of rows (Spool, RowsFile) or of
// documents (SpoolText, SpoolLDAC, DocumentsFile), from which models read the
// part that they need.
package dataset
