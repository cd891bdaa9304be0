package main

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	plotWidth  = 24 * vg.Centimeter
	plotHeight = 12 * vg.Centimeter
)

// palette holds colours that people with colour blindness can tell apart (Okabe & Ito 2008).
var palette = []color.RGBA{
	{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255},
	{230, 159, 0, 255}, {86, 180, 233, 255}, {240, 228, 66, 255}, {0, 0, 0, 255},
}

// writePlot draws the rows with the components in use, and the weights.
func writePlot(path string, in *input, f *fitted) error {
	left, err := plotRows(in, f)
	if err != nil {
		return fmt.Errorf("-plot: %w", err)
	}
	right, err := plotWeights(f)
	if err != nil {
		return fmt.Errorf("-plot: %w", err)
	}
	var canvas vg.CanvasSizer
	var to io.WriterTo
	if strings.ToLower(filepath.Ext(path)) == ".svg" {
		c := vgsvg.New(plotWidth, plotHeight)
		canvas, to = c, c
	} else {
		c := vgimg.New(plotWidth, plotHeight)
		canvas, to = c, vgimg.PngCanvas{Canvas: c}
	}
	dc := draw.New(canvas)
	pad := vg.Points(6)
	split := plotWidth * 2 / 3
	left.Draw(draw.Crop(dc, pad, split-plotWidth, pad, -pad))
	right.Draw(draw.Crop(dc, split+pad, -pad, pad, -pad))
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("-plot: %w", err)
	}
	_, err = to.WriteTo(file)
	if e := file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("-plot: %w", err)
	}
	return nil
}

// plotRows draws the rows, each in the colour of its likeliest component, with ellipses
// two standard deviations from the means; of one column a histogram with the density.
func plotRows(in *input, f *fitted) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text = in.names[in.drawn[0]]
	if len(in.drawn) == 1 {
		return p, plotColumn(p, in, f)
	}
	p.Y.Label.Text = in.names[in.drawn[1]]
	a, b := in.drawn[0], in.drawn[1]
	n, d := in.x.Dims()
	r, err := f.responsibilities(in)
	if err != nil {
		return nil, err
	}
	points := make([]plotter.XYs, len(f.parts))
	for i := range n {
		top := 0
		for j, part := range f.parts {
			if r[i*f.k+part.index] > r[i*f.k+f.parts[top].index] {
				top = j
			}
		}
		row := in.x.RawData()[i*d : (i+1)*d]
		points[top] = append(points[top], plotter.XY{X: row[a], Y: row[b]})
	}
	for j, part := range f.parts {
		c := palette[j%len(palette)]
		if len(points[j]) > 0 {
			s, err := plotter.NewScatter(points[j])
			if err != nil {
				return nil, err
			}
			s.GlyphStyle = draw.GlyphStyle{Color: color.NRGBA{c.R, c.G, c.B, 140}, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}
			p.Add(s)
		}
		if part.rows < 1 {
			continue
		}
		line, err := plotter.NewLine(ellipse(part.Mean[a], part.Mean[b], part.Covariance[a*d+a], part.Covariance[a*d+b], part.Covariance[b*d+b]))
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = c, vg.Points(1.5)
		p.Add(line)
	}
	return p, nil
}

// ellipse returns the points two standard deviations from the mean (x, y).
func ellipse(x, y, xx, xy, yy float64) plotter.XYs {
	const corners = 120
	l11 := math.Sqrt(xx)
	l21 := xy / l11
	l22 := math.Sqrt(math.Max(0, yy-l21*l21))
	pts := make(plotter.XYs, corners+1)
	for i := range pts {
		s, c := math.Sincos(2 * math.Pi * float64(i) / corners)
		pts[i] = plotter.XY{X: x + 2*l11*c, Y: y + 2*(l21*c+l22*s)}
	}
	return pts
}

// plotColumn draws the histogram of a column, and the density of the mixture.
func plotColumn(p *plot.Plot, in *input, f *fitted) error {
	n, d := in.x.Dims()
	a := in.drawn[0]
	values := make(plotter.Values, n)
	for i := range values {
		values[i] = in.x.RawData()[i*d+a]
	}
	h, err := plotter.NewHist(values, max(5, min(100, int(2*math.Cbrt(float64(n))))))
	if err != nil {
		return err
	}
	h.Normalize(1)
	h.FillColor, h.LineStyle.Width = color.Gray{220}, vg.Points(0.5)
	p.Add(h)
	density := func(parts []part) *plotter.Function {
		fn := plotter.NewFunction(func(x float64) float64 {
			var sum float64
			for _, part := range parts {
				v := part.Covariance[a*d+a]
				u := x - part.Mean[a]
				sum += part.weight * math.Exp(-0.5*u*u/v) / math.Sqrt(2*math.Pi*v)
			}
			return sum
		})
		fn.Samples = 500
		return fn
	}
	for j := range f.parts {
		if f.parts[j].rows >= 1 {
			fn := density(f.parts[j : j+1])
			fn.Color, fn.Width = palette[j%len(palette)], vg.Points(1.5)
			p.Add(fn)
		}
	}
	all := density(f.parts)
	all.Width, all.Dashes = vg.Points(1), []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(all)
	p.Y.Label.Text = "density"
	p.Y.Min = 0
	return nil
}

// plotWeights draws a bar for each component, the heaviest first.
func plotWeights(f *fitted) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = "weights"
	p.X.Label.Text = "component"
	p.Y.Min = 0
	names := make([]string, len(f.parts))
	for j, part := range f.parts {
		bar, err := plotter.NewBarChart(plotter.Values{part.weight}, vg.Points(150/float64(len(f.parts)+1)))
		if err != nil {
			return nil, err
		}
		bar.XMin, bar.Color, bar.LineStyle.Width = float64(j), palette[j%len(palette)], 0
		p.Add(bar)
		low, high := math.Max(0, part.weight-part.weightSD), part.weight+part.weightSD
		line, err := plotter.NewLine(plotter.XYs{{X: float64(j), Y: low}, {X: float64(j), Y: high}})
		if err != nil {
			return nil, err
		}
		line.Width = vg.Points(1)
		p.Add(line)
		names[j] = fmt.Sprint(j + 1)
	}
	p.NominalX(names...)
	p.X.Min, p.X.Max = -0.7, float64(len(names))-0.3
	return p, nil
}
