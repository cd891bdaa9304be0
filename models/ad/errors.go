package ad

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

// Error says what is wrong with a model as it is written, or where it first
// gave a number that is not finite.
type Error struct {
	Place     string // file:line of the user's code
	What      string // operation, distribution or parameter
	Param     string // the parameter or coordinate that it is about, "" if none
	Got, Want string
	Row       int // of data or an element, from 0; −1 if it is not about one
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("ad: ")
	if e.Place != "" {
		b.WriteString(e.Place + ": ")
	}
	b.WriteString(e.What)
	if e.Row >= 0 {
		fmt.Fprintf(&b, ", row %d", e.Row)
	}
	fmt.Fprintf(&b, ": got %s, want %s", e.Got, e.Want)
	return b.String()
}

var packagePath = reflect.TypeOf(Tape{}).PkgPath()

// inPackage reports whether a function belongs to this package, its tests not
// counted, which are users.
func inPackage(f *runtime.Frame) bool {
	return strings.HasPrefix(f.Function, packagePath+".") && !strings.HasSuffix(f.File, "_test.go")
}

func placeOf(f runtime.Frame) string {
	return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
}

// callerOp returns the name of the exported method of this package that the user
// called.
func callerOp() string {
	var pcs [16]uintptr
	n := runtime.Callers(2, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	name := ""
	for {
		f, more := frames.Next()
		if !inPackage(&f) || !more {
			return name
		}
		name = f.Function[strings.LastIndex(f.Function, ".")+1:]
	}
}
