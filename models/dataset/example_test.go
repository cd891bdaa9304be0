package dataset_test

import (
	"fmt"
	"strings"

	"natgrad/models"
	"natgrad/models/dataset"
)

func ExampleReadCSV() {
	const train = `age,region,died
61,north,yes
34,south,no
,south,yes
47,west,no
`
	d, err := dataset.ReadCSV(strings.NewReader(train), &dataset.Options{
		Target:      "died",
		Categorical: map[string]string{"region": "south"},
		Missing:     dataset.DropMissing,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	y, negative, positive, err := d.TwoClass("")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d)
	fmt.Println(d.Names(), d.Notes)
	fmt.Println(y, "where 0 is", negative, "and 1 is", positive)

	// New data are coded like the training data.
	const test = "region,age,died\neast,50,no\n"
	_, err = dataset.ReadCSV(strings.NewReader(test), &dataset.Options{Like: d.Schema})
	fmt.Println(err)

	// Output:
	// 3 rows × 3 columns (dense), target "died"
	// [age region[north] region[west]] [dropped 1 row of 4 with missing values, the first in line 4]
	// [1 0 0] where 0 is no and 1 is yes
	// line 2, column 1: unknown level in column "region": got level "east", want one of the training data: "north", "south", "west"; add such rows to the training data or remove them here
}

func ExampleReadLIBSVM() {
	const text = `+1 2:1 7:1
-1 1:0.5
-1 7:1 9:-2
`
	d, err := dataset.ReadLIBSVM(strings.NewReader(text), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d)
	fmt.Println(d.Classes())

	_, err = dataset.ReadLIBSVM(strings.NewReader("1 3:1 2:1\n"), nil)
	fmt.Println(err)

	// Output:
	// 3 rows × 9 columns (sparse, density 0.185)
	// [{-1 2} {1 1}]
	// line 1, column 7: bad index: got index 2 after 3, want indices that increase in a line; sort the pairs of the line by index
}

func ExampleStandardizer() {
	d, err := dataset.ReadCSV(strings.NewReader("metres,y\n1000,0\n2000,1\n3000,1\n"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := dataset.NewStandardizer(d)
	z, err := s.Apply(d)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mean %v, sd %.2f, %v\n", s.Mean, s.SD, z)
	// A coefficient of 1 for a standard deviation is this much for a metre.
	fmt.Printf("%.5f\n", s.Coefficients(nil, []float64{0, 1}))

	// Output:
	// mean [2000], sd [816.50], 3 rows × 1 column (dense), target "y"
	// [-2.44949 0.00122]
}

// A mixture of rows that stay on disk.
func ExampleSpoolCSV() {
	const csv = "a,b\n1,2\n2,1\n1,1\n9,8\n8,9\n9,9\n"
	rows, err := dataset.SpoolCSV(strings.NewReader(csv), "", &dataset.Options{NoTarget: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rows.Close() // removes the temporary file
	m, err := models.NewGaussMixture(rows, 2, models.FullCovariance, nil, models.DirichletWeights, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.NumData(), "rows,", m.Family())

	// Output:
	// 6 rows, Product(Dirichlet(2), Repeat(2, NormalWishart(2)))
}

// Texts become counts of words, a document in each line.
func ExampleReadText() {
	const text = `The planets move around the sun, and the moon around a planet.
The bank raised its interest rates; other banks' rates didn't move.
A planet's moon.
`
	c, err := dataset.ReadText(strings.NewReader(text), &dataset.TextOptions{MinDocs: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Words)
	fmt.Println(c.Counts.Dense().RawData())
	// Output:
	// [moon move planet]
	// [1 1 1 0 1 0 1 0 1]
}
