package main

import (
	"bytes"
	"os"
	"strconv"
)

// peakMemory returns the largest resident memory of this process so far, in MB, where
// the system tells it (Linux).
func peakMemory() (mb float64, ok bool) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(b) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == "VmHWM:" {
			kb, err := strconv.ParseFloat(string(f[1]), 64)
			return kb * 1024 / 1e6, err == nil
		}
	}
	return 0, false
}
