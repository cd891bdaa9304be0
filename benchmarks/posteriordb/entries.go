package posteriordb

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"natgrad/models/ad"
)

// builder makes a model from its data. It returns an error that the data or the
// model has; errors that the data keeps need not be looked at.
type builder func(d *Data) (*ad.Model, error)

// builders by the names of the models.
var builders = map[string]builder{
	"accel_gp":                      accelGP,
	"arK":                           ark,
	"arma11":                        arma11,
	"blr":                           blr,
	"brownian_motion":               brownianMotion,
	"cancermortality_betabinomial":  cancerMortality,
	"diamonds":                      diamonds,
	"eight_schools_centered":        schoolsCentred,
	"eight_schools_noncentered":     schoolsNonCentred,
	"garch11":                       garch11,
	"german_credit_logistic":        creditLogistic,
	"german_credit_sparse_logistic": creditSparse,
	"gp_pois_regr":                  gpPoisson,
	"gp_regr":                       gpRegression,
	"hmm_drive_0":                   hmmDrive0,
	"hmm_drive_1":                   hmmDrive1,
	"hmm_example":                   hmmExample,
	"kilpisjarvi":                   kilpisjarvi,
	"lotka_volterra":                lotkaVolterra(lotkaVolterraSteps),
	"low_dim_gauss_mix":             gaussMixture,
	"one_comp_mm_elim_abs":          compartment(compartmentSteps),
	"radon_minnesota":               radonUniform,
	"radon_minnesota_halfnormal":    radonHalfNormal,
}

func builderOf(name string) builder {
	if r, ok := regressions[name]; ok {
		return r.build
	}
	return builders[name]
}

// csvFiles are the data of entries that have no data.json.
var csvFiles = map[string]string{
	"german_credit_logistic":        "classification/german_numeric.csv",
	"german_credit_sparse_logistic": "classification/german_numeric.csv",
	"cancermortality_betabinomial":  "mixture/cancermortality.csv",
}

// Entry is a posterior: a model with its data, and what is known of it.
type Entry struct {
	Name      string
	Model     *ad.Model
	Reference *Reference
	// Index is the place of each of the reference's quantities among those of
	// the model.
	Index []int
}

// ErrNoModel is what Open returns for models that are not here.
var ErrNoModel = errors.New("no model")

// Open reads the entry in a folder.
func Open(dir string) (*Entry, error) {
	r, err := readReference(dir)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(dir)
	b := builderOf(r.Model)
	if b == nil {
		return nil, fmt.Errorf("%w for %s", ErrNoModel, r.Model)
	}
	d, err := readData(dir, csvFiles[r.Model])
	if err != nil {
		return nil, err
	}
	m, err := build(b, d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return newEntry(name, m, r)
}

// newEntry finds the reference's quantities among those of the model.
func newEntry(name string, m *ad.Model, r *Reference) (*Entry, error) {
	place := make(map[string]int)
	for i, s := range m.ParamNames() {
		place[s] = i
	}
	e := &Entry{Name: name, Model: m, Reference: r, Index: make([]int, len(r.Names))}
	for i, s := range r.Names {
		k, ok := place[s]
		if !ok {
			k, ok = place[strings.TrimSuffix(s, "[1]")] // a vector of one
		}
		if !ok {
			return nil, fmt.Errorf("%s: the model %s has no %s", name, r.Model, s)
		}
		e.Index[i] = k
	}
	return e, nil
}

func build(b builder, d *Data) (*ad.Model, error) {
	m, err := b(d)
	if d.Err() != nil {
		return nil, d.Err()
	}
	return m, err
}
