// Package posteriordb holds models of the database of reference posteriors
// posteriordb (Magnusson et al. 2025, github.com/stan-dev/posteriordb) and of a few
// like them, written with models/ad, and reads their data and reference moments.
//
// An entry is a folder: data.json, reference.json with moments of posterior draws,
// and model.md, the mathematics. A model is found by the name that reference.json
// gives and takes all numbers from the data, so that it serves any data set of the
// same kind.
package posteriordb
