package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"natgrad/models"
	"natgrad/models/dataset"
)

// The Adult data as indicators, LIBSVM's a9a.
const (
	adultFile = "data/classification/a9a.libsvm.gz"
	adultRows = 32561
	adultCols = 123
)

// sharedDir returns the folder of the data files: dir if it is given, else the
// one named by NATGRAD_SHARED, else ../shared beside the module.
func sharedDir(dir string) string {
	if dir != "" {
		return dir
	}
	if dir := os.Getenv("NATGRAD_SHARED"); dir != "" {
		return dir
	}
	root, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil || root == filepath.Dir(root) {
			break
		}
		root = filepath.Dir(root)
	}
	return filepath.Join(root, "..", "shared")
}

// openAdult reads a9a from the folder dir, see sharedDir. ok is false if the file
// is not there.
func openAdult(dir string) (r regression, ok bool, err error) {
	path := filepath.Join(sharedDir(dir), filepath.FromSlash(adultFile))
	d, err := dataset.OpenLIBSVM(path, &dataset.Options{Storage: dataset.Sparse, Features: adultCols})
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	if n, _ := d.Dims(); n != adultRows {
		return r, false, fmt.Errorf("%s has %d rows, want the %d of a9a", path, n, adultRows)
	}
	y, err := d.Binary("-1", "1")
	if err != nil {
		return r, false, err
	}
	return regression{models.WithIntercept(d.X), y}, true, nil
}
