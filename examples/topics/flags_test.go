package main

import (
	"testing"

	"natgrad/examples/internal/clitest"
)

func TestUsage(t *testing.T) { clitest.Usage(t, usage, new(config).define, run) }
