package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"

	"natgrad/examples/internal/cli"
	"natgrad/models"
	"natgrad/models/dataset"
)

//go:embed data/faithful.csv
var faithful []byte

const builtInName = "Old Faithful (built in)"

// input is the data.
type input struct {
	file  string
	x     *models.Dense
	names []string // of the columns
	lines []int    // of the file, for each row
	notes []string
	scale []float64 // of the prior; nil: the covariance of the rows
	drawn []int     // columns of the plot
}

// load reads the data, and the scale of the prior.
func load(c *config, stdin io.Reader) (*input, error) {
	o := &dataset.Options{Format: dataset.CSV, NoTarget: true, Storage: dataset.Dense, Columns: c.columns, Ignore: c.ignore, Comma: c.comma}
	if c.missing == "drop" {
		o.Missing = dataset.DropMissing
	}
	if c.noHeader {
		o.Header = dataset.NoHeader
	}
	d, err := open(c.data, o, stdin)
	if err != nil {
		if e, ok := errors.AsType[*dataset.Error](err); ok && e.Kind == dataset.NotNumeric {
			e.Hint = "name the columns to use by -columns, or those to leave out by -ignore"
		}
		return nil, err
	}
	in := &input{file: d.File, x: d.X.(*models.Dense), names: d.Names(), lines: d.Lines, notes: d.Notes}
	if in.scale, err = in.priorScale(c); err != nil {
		return nil, err
	}
	in.drawn = []int{0}
	if len(in.names) > 1 {
		in.drawn = []int{0, 1}
	}
	if c.plotColumns != nil {
		in.drawn = nil
		for _, name := range c.plotColumns {
			j := indexOf(in.names, name)
			if j < 0 {
				return nil, fmt.Errorf("-plot-columns: there is no column %q among those fitted", name)
			}
			in.drawn = append(in.drawn, j)
		}
	}
	return in, nil
}

func indexOf(names []string, name string) int {
	for i, s := range names {
		if s == name {
			return i
		}
	}
	return -1
}

// open reads a file, standard input for "-", the built-in data for "".
func open(path string, o *dataset.Options, stdin io.Reader) (*dataset.Dataset, error) {
	switch path {
	case "":
		d, err := dataset.ReadCSV(bytes.NewReader(faithful), o)
		return cli.Named(d, err, builtInName)
	case "-":
		d, err := dataset.ReadCSV(stdin, o)
		return cli.Named(d, err, cli.StdinName)
	}
	return dataset.OpenCSV(path, o)
}

// priorScale returns the inverse scale of the prior, nil for the covariance of the rows.
func (in *input) priorScale(c *config) ([]float64, error) {
	d := len(in.names)
	size := map[string]int{"full": d * d, "tied": d * d, "diag": d, "spherical": 1}[c.covariance]
	switch c.scale {
	case "empirical":
		return nil, nil
	case "identity":
		scale := make([]float64, size)
		for i := range scale {
			if size < d*d || i%(d+1) == 0 {
				scale[i] = 1
			}
		}
		return scale, nil
	}
	f, err := dataset.OpenCSV(c.scale, &dataset.Options{NoTarget: true, Storage: dataset.Dense, Header: dataset.NoHeader})
	if err != nil {
		return nil, fmt.Errorf("-scale: %w", err)
	}
	if rows, cols := f.Dims(); rows*cols != size || size == d*d && rows != d {
		return nil, fmt.Errorf("-scale: %s has %d × %d numbers, want %d for %s covariances of %d columns", c.scale, rows, cols, size, c.covariance, d)
	}
	return f.X.(*models.Dense).RawData(), nil
}
