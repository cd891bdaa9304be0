package families

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseError says what is wrong with the name of a family.
type ParseError struct {
	Name string // all of it
	At   int    // byte in it
	Got  string // what stands there
	Want string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("families: %q is not a family: at byte %d got %q, want %s", e.Name, e.At, e.Got, e.Want)
}

// constructors make families of their sizes, each at least the number beside it.
var constructors = map[string]struct {
	least []int
	make  func(n []int) Family
}{
	"Beta":                 {nil, func([]int) Family { return Beta() }},
	"Categorical":          {[]int{2}, func(n []int) Family { return Categorical(n[0]) }},
	"DiagGaussian":         {[]int{1}, func(n []int) Family { return DiagGaussian(n[0]) }},
	"Dirichlet":            {[]int{2}, func(n []int) Family { return Dirichlet(n[0]) }},
	"FullGaussian":         {[]int{1}, func(n []int) Family { return FullGaussian(n[0]) }},
	"GaussMixture":         {[]int{1, 1}, func(n []int) Family { return GaussMixture(n[0], n[1]) }},
	"Gamma":                {nil, func([]int) Family { return Gamma() }},
	"InverseGamma":         {nil, func([]int) Family { return InverseGamma() }},
	"InverseWishart":       {[]int{1}, func(n []int) Family { return InverseWishart(n[0]) }},
	"MultiNormalGamma":     {[]int{1}, func(n []int) Family { return MultiNormalGamma(n[0]) }},
	"NormalGamma":          {nil, func([]int) Family { return NormalGamma() }},
	"NormalWishart":        {[]int{1}, func(n []int) Family { return NormalWishart(n[0]) }},
	"SphericalNormalGamma": {[]int{1}, func(n []int) Family { return SphericalNormalGamma(n[0]) }},
	"TiedNormalWishart":    {[]int{1, 1}, func(n []int) Family { return TiedNormalWishart(n[0], n[1]) }},
	"Wishart":              {[]int{1}, func(n []int) Family { return Wishart(n[0]) }},
}

const (
	maxSize  = 1 << 24 // of a dimension that a name can ask for
	maxDepth = 64      // of families within families
)

// Parse returns the family whose String is name, such as
// "Product(Dirichlet(2), Repeat(2, NormalWishart(3)))", of all but GaussianSites, which
// is known by data. The error is a *ParseError.
func Parse(name string) (Family, error) {
	p := parser{name: name, rest: name}
	f, err := p.family(0)
	if err == nil && p.rest != "" {
		err = p.want("the end")
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

type parser struct{ name, rest string }

func (p *parser) want(what string) error {
	got := p.rest
	if len(got) > 20 {
		got = got[:20]
	}
	return &ParseError{Name: p.name, At: len(p.name) - len(p.rest), Got: got, Want: what}
}

func (p *parser) family(depth int) (Family, error) {
	begin := *p
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') })
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	c, known := constructors[word]
	if !known && word != "Product" && word != "Repeat" || depth > maxDepth {
		return nil, p.want("the name of a family")
	}
	p.rest = p.rest[end:]
	if known {
		sizes, err := p.sizes(c.least)
		if err != nil {
			return nil, err
		}
		return c.make(sizes), nil
	}
	if !p.skip("(") {
		return nil, p.want("(")
	}
	var parts []Family
	times := 1
	for {
		if word == "Repeat" && len(parts) == 0 {
			n, err := p.size(1)
			if err != nil {
				return nil, err
			}
			if !p.skip(", ") {
				return nil, p.want(", and a family")
			}
			times = n
		}
		f, err := p.family(depth + 1)
		if err != nil {
			return nil, err
		}
		if times > maxSize/f.Dim() {
			return nil, begin.want(fmt.Sprintf("at most %d coordinates", maxSize))
		}
		parts = append(parts, f)
		if word == "Repeat" || !p.skip(", ") {
			break
		}
	}
	if !p.skip(")") {
		return nil, p.want(")")
	}
	if word == "Repeat" {
		return Repeat(times, parts[0]), nil
	}
	return Product(parts...), nil
}

// sizes reads as many sizes as there are least ones, in brackets.
func (p *parser) sizes(least []int) ([]int, error) {
	sizes := make([]int, len(least))
	for i, n := range least {
		open := ", "
		if i == 0 {
			open = "("
		}
		if !p.skip(open) {
			return nil, p.want(open)
		}
		var err error
		if sizes[i], err = p.size(n); err != nil {
			return nil, err
		}
	}
	if len(least) > 0 && !p.skip(")") {
		return nil, p.want(")")
	}
	return sizes, nil
}

func (p *parser) size(least int) (int, error) {
	end := 0
	for end < len(p.rest) && '0' <= p.rest[end] && p.rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(p.rest[:end])
	if err != nil || n < least || n > maxSize {
		return 0, p.want(fmt.Sprintf("a number from %d to %d", least, maxSize))
	}
	p.rest = p.rest[end:]
	return n, nil
}

func (p *parser) skip(s string) bool {
	var ok bool
	p.rest, ok = strings.CutPrefix(p.rest, s)
	return ok
}
