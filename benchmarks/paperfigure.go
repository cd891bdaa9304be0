package main

import (
	"errors"
	"image/color"
	"io"
	"math"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// panel makes one plot of the figure of an experiment. It is asked for only if the
// figure is written.
type panel func() (*plot.Plot, error)

const (
	panelWidth  = 12 * vg.Centimeter
	panelHeight = 11 * vg.Centimeter
)

// inks are colours that people with colour blindness can tell apart (Okabe & Ito 2008).
var inks = []color.RGBA{
	{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255},
	{230, 159, 0, 255}, {86, 180, 233, 255}, {240, 228, 66, 255}, {0, 0, 0, 255},
}

// curve is a line of a plot, with marks at its points if it has a glyph.
type curve struct {
	label  string
	points []point
	glyph  draw.GlyphDrawer
	ink    int // number of the colour
	wide   bool
	bare   bool // marks only
}

// addCurves adds curves to a plot, with a legend. Points that are not finite, or are
// not positive on a logarithmic axis, are left out.
func addCurves(p *plot.Plot, curves []curve) error {
	for _, c := range curves {
		var xys plotter.XYs
		for _, at := range c.points {
			x, y := float64(at[0]), float64(at[1])
			if drawable(p.X, x) && drawable(p.Y, y) {
				xys = append(xys, plotter.XY{X: x, Y: y})
			}
		}
		if len(xys) == 0 {
			continue
		}
		line, marks, err := plotter.NewLinePoints(xys)
		if err != nil {
			return err
		}
		ink := inks[c.ink%len(inks)]
		line.Color, line.Width = ink, vg.Points(1)
		if c.wide {
			line.Width = vg.Points(3)
		}
		marks.GlyphStyle = draw.GlyphStyle{Color: ink, Radius: vg.Points(3), Shape: c.glyph}
		var thumbs []plot.Thumbnailer
		if !c.bare {
			p.Add(line)
			thumbs = append(thumbs, line)
		}
		if c.glyph != nil {
			p.Add(marks)
			thumbs = append(thumbs, marks)
		}
		if c.label != "" {
			p.Legend.Add(c.label, thumbs...)
		}
	}
	return nil
}

// drawable reports whether a coordinate has a place on an axis.
func drawable(a plot.Axis, v float64) bool {
	if _, ok := a.Scale.(plot.LogScale); ok && !(v > 0) {
		return false
	}
	return !math.IsNaN(v) && !math.IsInf(v, 0)
}

// draw writes the panels, side by side, as PNG and SVG.
func (p *paper) draw() error {
	if len(p.plots) == 0 {
		return nil
	}
	plots := make([]*plot.Plot, len(p.plots))
	for i, make := range p.plots {
		var err error
		if plots[i], err = make(); err != nil {
			return err
		}
	}
	width := panelWidth * vg.Length(len(plots))
	png, svg := vgimg.New(width, panelHeight), vgsvg.New(width, panelHeight)
	return errors.Join(
		drawTo(p.file(".png"), png, vgimg.PngCanvas{Canvas: png}, plots),
		drawTo(p.file(".svg"), svg, svg, plots),
	)
}

func drawTo(path string, canvas vg.CanvasSizer, to io.WriterTo, plots []*plot.Plot) error {
	all := draw.New(canvas)
	pad := vg.Points(6)
	for i, p := range plots {
		left := panelWidth * vg.Length(i)
		right := panelWidth*vg.Length(i+1) - panelWidth*vg.Length(len(plots))
		p.Draw(draw.Crop(all, left+pad, right-pad, pad, -pad))
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = to.WriteTo(f)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
