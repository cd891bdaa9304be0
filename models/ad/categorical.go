package ad

import (
	"fmt"
	"math"
)

// CategoricalLogit is the distribution of one of k classes, x ∈ {0, …, k−1}, given
// unnormalised log-probabilities: logits of length k for all x, or a row of k for
// each. The classes must be data.
//
//	log p(x|η) = Σᵢ (η_{i,xᵢ} − log Σⱼ exp η_{ij})
func CategoricalLogit(logits Value, k int) Dist {
	return Dist{multi: categorical, args: [3]operand{operandOf(logits)}, with: constants{k: k}}
}

var categorical = &multivariate{name: "CategoricalLogit", args: []string{"logits"}, record: recordCategorical}

// opCategorical saves p = softmax η of each row and the derivatives in η: δ_{xᵢ} − p
// for each, or their sum if there is one row for all x, times of which is ref.
var opCategorical = &op{"CategoricalLogit",
	func(t *Tape, n *node) {
		dη := t.adjoint(n.in[1])
		axpy(dη, t.adjOwn(n)[0], t.savedOf(n, 2*len(dη))[len(dη):])
	},
	func(t *Tape, n *node) {
		ė := t.tangentOf(n.in[1])
		t.dotOwn(n)[0] = dot(t.savedOf(n, 2*len(ė))[len(ė):], ė)
	},
	func(t *Tape, n *node) {
		ė, dė, k := t.tangentOf(n.in[1]), t.adjointTangent(n.in[1]), int(n.k)
		saved := t.savedOf(n, 2*len(ė))
		axpy(dė, t.adotOwn(n)[0], saved[len(ė):])
		rows := len(ė) / k
		g := t.adjOwn(n)[0] * float64(int(t.nodes[n.in[0]].n)/rows)
		for lo := 0; lo < len(ė); lo += k {
			p, v := saved[lo:lo+k], ė[lo:lo+k]
			mean := dot(p, v)
			for j := range p {
				dė[lo+j] -= g * p[j] * (v[j] - mean)
			}
		}
	},
}

func recordCategorical(t *Tape, in [4]int32, with constants) int32 {
	const name = "CategoricalLogit"
	x, η, k := in[0], in[1], with.k
	n, m := int(t.nodes[x].n), int(t.nodes[η].n)
	switch {
	case t.nodes[x].active:
		return t.badDist(name, "classes that depend on parameters", "data")
	case k < 1 || m != k && m != n*k:
		return t.badDist(name, fmt.Sprintf("%d classes of %d and %d logits", n, k, m), "k logits for all, or for each")
	}
	active := t.nodes[η].active
	classes := t.value(x)
	if t.trace != nil && t.trace.check {
		for i, c := range classes {
			if !isClass(c, k) {
				t.failAt(name, rowOf(i, n), "x = "+formatted(c), fmt.Sprintf("a whole number from 0 to %d", k-1))
				return t.constant(0)
			}
		}
	}
	id := t.push2(opCategorical, 1, active, x, η)
	t.nodes[id].k = int32(k)
	var p, d []float64
	if active {
		saved := t.save(id, 2*m)
		p, d = saved[:m], saved[m:]
	} else {
		p = t.scratch(m)
	}
	logits := t.value(η)
	each := float64(n * k / m) // classes for a row of logits
	var total float64
	for lo := 0; lo < m; lo += k {
		total -= each * softmax(p[lo:lo+k], logits[lo:lo+k])
	}
	for i, v := range p[:len(d)] {
		d[i] = -each * v
	}
	for i, c := range classes {
		if !isClass(c, k) {
			total = outOfSupport(total, c)
			clear(d)
			clear(p)
			break
		}
		at := i*k%m + int(c)
		total += logits[at]
		if d != nil {
			d[at]++
		}
	}
	t.value(id)[0] = total
	return id
}

func isClass(c float64, k int) bool { return c >= 0 && c < float64(k) && c == math.Floor(c) }

// outOfSupport is the log-density at x outside the support: −Inf, NaN if x is.
func outOfSupport(total, x float64) float64 {
	if math.IsNaN(x) || math.IsNaN(total) {
		return math.NaN()
	}
	return math.Inf(-1)
}
