package posteriordb

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"natgrad/models"
)

// Data is a data set: named numbers, vectors and matrices. Its methods return
// zeros after the first error, which Err returns, so that a model can ask for all
// it needs and look once.
type Data struct {
	values map[string]any
	err    error
}

// Err returns the first error.
func (d *Data) Err() error { return d.err }

func (d *Data) fail(name, want string) {
	if d.err != nil {
		return
	}
	v, ok := d.values[name]
	if !ok {
		d.err = fmt.Errorf("data has no %q, want %s", name, want)
		return
	}
	d.err = fmt.Errorf("data %q is %T, want %s", name, v, want)
}

// Has reports whether there is anything of that name.
func (d *Data) Has(name string) bool { _, ok := d.values[name]; return ok }

// Number returns a scalar.
func (d *Data) Number(name string) float64 {
	v, ok := d.values[name].(float64)
	if !ok {
		d.fail(name, "a number")
	}
	return v
}

// Int returns a whole number.
func (d *Data) Int(name string) int {
	v := d.Number(name)
	if v != math.Trunc(v) || math.Abs(v) > 1<<31 {
		d.fail(name, "a whole number")
		return 0
	}
	return int(v)
}

// Vector returns a vector. A missing value, null, is NaN.
func (d *Data) Vector(name string) []float64 {
	x, ok := numbers(d.values[name])
	if !ok || len(x) == 0 {
		d.fail(name, "a list of numbers")
		return []float64{0}
	}
	return x
}

// Index returns a vector of numbers counted from 1 as indices counted from 0,
// and the number of values they can have.
func (d *Data) Index(name string) (idx []int, n int) {
	x := d.Vector(name)
	idx = make([]int, len(x))
	for i, v := range x {
		if v < 1 || v != math.Trunc(v) || v > 1<<31 {
			d.fail(name, "whole numbers from 1")
			return idx, 1
		}
		idx[i] = int(v) - 1
		n = max(n, int(v))
	}
	return idx, n
}

// Rows returns a matrix, a list of rows of equal length, row-major.
func (d *Data) Rows(name string) (x []float64, rows, cols int) {
	list, ok := d.values[name].([]any)
	if !ok || len(list) == 0 {
		d.fail(name, "a list of rows")
		return []float64{0}, 1, 1
	}
	for i, row := range list {
		r, ok := numbers(row)
		if !ok || len(r) == 0 || i > 0 && len(r) != cols {
			d.fail(name, "rows of numbers, of equal length")
			return []float64{0}, 1, 1
		}
		x, cols = append(x, r...), len(r)
	}
	return x, len(list), cols
}

// Matrix returns a matrix for products with parameters.
func (d *Data) Matrix(name string) models.Matrix {
	x, rows, cols := d.Rows(name)
	return d.dense(x, rows, cols)
}

func (d *Data) dense(x []float64, rows, cols int) models.Matrix {
	m, err := models.NewDense(rows, cols, x)
	if err != nil {
		if d.err == nil {
			d.err = err
		}
		m, _ = models.NewDense(1, 1, []float64{0})
	}
	return m
}

// numbers returns the numbers of a decoded list; null is NaN.
func numbers(v any) ([]float64, bool) {
	switch v := v.(type) {
	case []float64:
		return v, true
	case []any:
		x := make([]float64, len(v))
		for i, e := range v {
			switch e := e.(type) {
			case float64:
				x[i] = e
			case nil:
				x[i] = math.NaN()
			default:
				return nil, false
			}
		}
		return x, true
	}
	return nil, false
}

// readData reads data.json or data.json.gz of a folder. Without these it reads
// the CSV file of that name beside the folder's collection.
func readData(dir, csvName string) (*Data, error) {
	d := &Data{values: make(map[string]any)}
	err := readJSON(filepath.Join(dir, "data.json"), &d.values)
	if errors.Is(err, fs.ErrNotExist) && csvName != "" {
		return readCSV(filepath.Join(dir, "..", "..", filepath.FromSlash(csvName)))
	}
	return d, err
}

// readJSON reads a file, or the same compressed with the extension .gz.
func readJSON(file string, v any) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		if z, e := os.Open(file + ".gz"); e == nil {
			f, err = z, nil
		}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if filepath.Ext(f.Name()) == ".gz" {
		if r, err = gzip.NewReader(f); err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	if err := json.NewDecoder(r).Decode(v); err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	return nil
}

// readCSV reads columns of numbers, named by the first line.
func readCSV(file string) (*Data, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(lines) < 2 {
		return nil, fmt.Errorf("%s: no rows", file)
	}
	d := &Data{values: make(map[string]any)}
	for j, name := range lines[0] {
		x := make([]float64, len(lines)-1)
		for i, line := range lines[1:] {
			if x[i], err = strconv.ParseFloat(line[j], 64); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, i+2, err)
			}
		}
		d.values[name] = x
	}
	return d, nil
}
