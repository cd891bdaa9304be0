package posteriordb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
)

// Reference is what is known of a posterior: moments of its constrained
// parameters, from long Monte Carlo runs or quadrature.
type Reference struct {
	// Model is the name of the model.
	Model string
	// Names of the quantities, such as "tau" and "theta[1]", and their means and
	// standard deviations.
	Names    []string
	Mean, SD []float64
	// Check holds values of the log-joint, nil if there are none.
	Check *LogJointCheck
}

// LogJointCheck is log p(y, x), in the constrained quantities x named by the
// reference (no log-Jacobian), at a few points.
type LogJointCheck struct {
	Params   [][]float64 `json:"params"`
	LogJoint []float64   `json:"log_joint"`
}

// referenceFile is reference.json, which gives moments as lists for all names or
// by parameter.
type referenceFile struct {
	Name       string          `json:"name"`
	Model      string          `json:"model"`
	ParamNames []string        `json:"param_names"`
	Mean       []float64       `json:"mean"`
	SD         []float64       `json:"sd"`
	Check      *LogJointCheck  `json:"log_joint_check"`
	Parameters json.RawMessage `json:"parameters"`
}

// moments are those of one parameter, scalar or vector.
type moments struct {
	Mean numberOrList `json:"mean"`
	SD   numberOrList `json:"sd"`
}

// numberOrList reads 1.5 or [1.5, 2].
type numberOrList struct {
	x      []float64
	scalar bool
}

func (n *numberOrList) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &n.x); err == nil {
		return nil
	}
	n.x, n.scalar = make([]float64, 1), true
	return json.Unmarshal(b, &n.x[0])
}

// readReference reads reference.json of a folder.
func readReference(dir string) (*Reference, error) {
	file := filepath.Join(dir, "reference.json")
	var f referenceFile
	if err := readJSON(file, &f); err != nil {
		return nil, err
	}
	r := &Reference{Model: f.Model, Names: f.ParamNames, Mean: f.Mean, SD: f.SD, Check: f.Check}
	if r.Model == "" {
		r.Model = f.Name
	}
	if f.Parameters != nil {
		if err := r.addParameters(f.Parameters); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	n := len(r.Names)
	if n == 0 || len(r.Mean) != n || len(r.SD) != n {
		return nil, fmt.Errorf("%s: %d names, %d means and %d standard deviations", file, n, len(r.Mean), len(r.SD))
	}
	for i, sd := range r.SD {
		if !(sd > 0) {
			return nil, fmt.Errorf("%s: standard deviation %v of %s", file, sd, r.Names[i])
		}
	}
	return r, nil
}

// addParameters adds moments that are given by parameter, in the order of the
// file.
func (r *Reference) addParameters(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		name, ok := key.(string)
		if !ok {
			return fmt.Errorf("parameters: got %v, want moments by name", key)
		}
		var m moments
		if err := dec.Decode(&m); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for i := range m.Mean.x {
			element := name
			if !m.Mean.scalar {
				element += "[" + strconv.Itoa(i+1) + "]"
			}
			r.Names = append(r.Names, element)
		}
		r.Mean, r.SD = append(r.Mean, m.Mean.x...), append(r.SD, m.SD.x...)
	}
	return nil
}
