package ad

import (
	"fmt"
	"reflect"
)

// Value is an argument of an operation: a Var, a Param, a float64, an int, or a
// []float64 of data, which is not copied and must not change. Anything else is
// an error.
type Value any

// operand is a Value taken apart, so that no interface outlives the call that
// received it and none is moved to the heap.
type operand struct {
	kind  operandKind
	id    int32
	gen   uint32
	tape  *Tape
	param Param
	data  []float64
	num   float64
	bad   string // the type of what is not a Value
}

type operandKind uint8

const (
	isBad operandKind = iota
	isVar
	isParam
	isNumber
	isData
)

func operandOf(x Value) operand {
	switch x := x.(type) {
	case Var:
		return operand{kind: isVar, id: x.id, gen: x.gen, tape: x.t}
	case Param:
		return operand{kind: isParam, param: x}
	case float64:
		return operand{kind: isNumber, num: x}
	case int:
		return operand{kind: isNumber, num: float64(x)}
	case []float64:
		return operand{kind: isData, data: x}
	}
	return operand{bad: typeName(x)}
}

// arg returns the node of an argument. After an error it is that of a scalar 0.
func (t *Tape) arg(x Value) int32 {
	if v, ok := x.(Var); ok && v.t == t && v.gen == t.gen {
		return v.id
	}
	o := operandOf(x)
	return t.operand(&o)
}

func (t *Tape) operand(o *operand) int32 {
	switch o.kind {
	case isVar:
		if o.tape != t || o.gen != t.gen {
			return t.bad("a Var of another evaluation", "one made on this tape since Reset; do not keep Vars between evaluations")
		}
		return o.id
	case isParam:
		return t.param(o.param)
	case isNumber:
		return t.constant(o.num)
	case isData:
		if len(o.data) == 0 {
			return t.bad("no data", "a []float64 of at least one number")
		}
		return t.pushData(o.data)
	}
	return t.bad("an argument of type "+o.bad, "a Var, Param, float64, int or []float64")
}

// typeName keeps fmt from moving every argument to the heap.
func typeName(x Value) string {
	if x == nil {
		return "nil"
	}
	return reflect.TypeOf(x).String()
}

func (t *Tape) constant(c float64) int32 {
	id := t.push(opData, 1, false)
	t.val[len(t.val)-1] = c
	return id
}

// param returns the node of a parameter's constrained value.
func (t *Tape) param(p Param) int32 {
	switch {
	case p.def == nil:
		return t.bad("the zero Param", "a declared parameter")
	case p.model == nil:
		return t.bad("parameter "+p.def.name+", whose declaration was refused", "a declared parameter")
	case t.model == nil || p.model != t.model:
		return t.bad("parameter "+p.def.name+" of another model", "a parameter of the model whose density this is")
	}
	return t.bound[p.def.index]
}

// bad notes an error and returns a node to go on with.
func (t *Tape) bad(got, want string) int32 {
	t.fail(got, want, -1)
	return t.constant(0)
}

// badDist is bad of a distribution.
func (t *Tape) badDist(name, got, want string) int32 {
	t.failAt(name, -1, got, want)
	return t.constant(0)
}

// fail notes the first error.
func (t *Tape) fail(got, want string, row int) {
	if t.err == nil {
		t.err = &Error{Place: userPlace(), What: callerOp(), Got: got, Want: want, Row: row}
	}
}

// pair returns the nodes of two arguments and the common length: equal lengths,
// or one of them a scalar.
func (t *Tape) pair(a, b Value) (x, y int32, n int) {
	x, y = t.arg(a), t.arg(b)
	m, k := int(t.nodes[x].n), int(t.nodes[y].n)
	switch {
	case m == k || k == 1:
		return x, y, m
	case m == 1:
		return x, y, k
	}
	t.fail(fmt.Sprintf("vectors of length %d and %d", m, k), "equal lengths, or a scalar", -1)
	zero := t.constant(0)
	return zero, zero, 1
}
