package cli

import (
	"errors"
	"strings"

	"natgrad/models/dataset"
)

// StdinName is what data of the standard input are called.
const StdinName = "standard input"

// Named gives data that were not read from a file, or what is wrong with them, a name.
func Named(d *dataset.Dataset, err error, name string) (*dataset.Dataset, error) {
	if e, ok := errors.AsType[*dataset.Error](err); ok {
		e.File = name
	}
	if d != nil {
		d.File = name
	}
	return d, err
}

// toFlags words the errors of package dataset for users of the command line.
var toFlags = strings.NewReplacer(
	"set Options.Header to NoHeader; if these are names, to HeaderTrusted", "add -no-header",
	"set Options.NoTarget if the column is a feature", "a target and at least one feature are needed",
	"set Options.Comma to the separator of the file", "give the separator by -comma",
	"say which by Options.Format", "say which by -format",
	"set the format to LIBSVM", "give -format libsvm",
	"set Options.NoTarget if the new data have no target", "the test file needs the target too",
	", or leave such features out by IgnoreExtra", "",
	"; Dataset.OneAgainstRest compares one with all others", "",
	"drop such rows by DropMissing", "drop such rows by -missing drop",
	"Target, NoTarget, Columns, Ignore or Categorical for a LIBSVM file", "-target, -ignore or -categorical for a LIBSVM file",
	"Features or Extra for a CSV file", "-features for a CSV file",
	"read new data with Options.Like", "give both files the same columns",
	"Options.Features", "-features",
	"Options.Target", "-target",
	"Options.Ignore", "-ignore",
	"Options.Categorical", "-categorical",
)
