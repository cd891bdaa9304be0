//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpuSeconds returns the processor time of this process so far.
func cpuSeconds() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return float64(time.Now().UnixNano()) / 1e9
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
