package estimators

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"
)

// roughShard adds terms of very different size, so that another order of
// summation gives other bits.
func roughShard(dst []float64, shard, _ int) error {
	for i := range dst {
		dst[i] += math.Sin(float64(shard*31+i)) * math.Pow(10, float64((shard*7+i)%23))
	}
	return nil
}

func TestGoroutinesSameBitsForAnyNumberOfWorkers(t *testing.T) {
	const size, shards = 9, 37
	var want []float64
	for _, n := range []int{1, 2, 3, 8, 64} {
		g := &Goroutines{N: n}
		for rep := range 3 {
			got := make([]float64, size)
			got[0] = 0.25
			if err := g.Sum(context.Background(), got, shards, roughShard); err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
				plain := make([]float64, size)
				plain[0] = 0.25
				for s := range shards {
					one := make([]float64, size)
					roughShard(one, s, 0)
					for i, x := range one {
						plain[i] += x
					}
				}
				for i := range plain {
					if plain[i] != want[i] {
						t.Fatalf("entry %d is %v, added up one by one %v", i, want[i], plain[i])
					}
				}
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%d workers, call %d: entry %d is %v, with one worker %v", n, rep, i, got[i], want[i])
				}
			}
		}
	}
}

func TestGoroutinesWorkerNumbers(t *testing.T) {
	g := &Goroutines{N: 3}
	var inUse [3]atomic.Int32
	err := g.Sum(context.Background(), nil, 100, func(_ []float64, _, worker int) error {
		if inUse[worker].Add(1) != 1 {
			return fmt.Errorf("worker %d runs two shards at once", worker)
		}
		inUse[worker].Add(-1)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestGoroutinesFirstErrorInShardOrder(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		g := &Goroutines{N: n}
		for range 50 {
			dst := []float64{7}
			err := g.Sum(context.Background(), dst, 40, func(dst []float64, shard, _ int) error {
				dst[0]++
				if shard >= 11 {
					return fmt.Errorf("shard %d", shard)
				}
				return nil
			})
			if err == nil || err.Error() != "shard 11" {
				t.Fatalf("%d workers: error %v, want shard 11", n, err)
			}
			if dst[0] != 7 {
				t.Fatalf("%d workers: dst changed to %v in spite of the error", n, dst[0])
			}
		}
	}
}

func TestGoroutinesPanicDoesNotDeadlock(t *testing.T) {
	for _, n := range []int{1, 4} {
		g := &Goroutines{N: n}
		func() {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, "boom") || !strings.Contains(p, "shard 3") {
					t.Errorf("%d workers: panic %q, want boom in shard 3", n, p)
				}
			}()
			g.Sum(context.Background(), nil, 10, func(_ []float64, shard, _ int) error {
				if shard == 3 {
					panic("boom")
				}
				return nil
			})
		}()
		got := []float64{0}
		if err := g.Sum(context.Background(), got, 4, func(dst []float64, _, _ int) error { dst[0]++; return nil }); err != nil || got[0] != 4 {
			t.Errorf("%d workers: after a panic the sum is %v, %v, want 4", n, got[0], err)
		}
	}
}

func TestGoroutinesContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	g := &Goroutines{N: 2}
	var ran atomic.Int32
	err := g.Sum(ctx, nil, 1000, func(_ []float64, _, _ int) error {
		if ran.Add(1) == 5 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if n := ran.Load(); n > 6 {
		t.Errorf("%d shards ran, want at most one more than when it was cancelled", n)
	}
}

func TestGoroutinesDoesNotAllocate(t *testing.T) {
	for _, n := range []int{1, 2} {
		g := &Goroutines{N: n}
		dst := make([]float64, 5)
		f := roughShard
		ctx := context.Background()
		if a := testing.AllocsPerRun(200, func() {
			if err := g.Sum(ctx, dst, 8, f); err != nil {
				t.Fatal(err)
			}
		}); a != 0 {
			t.Errorf("%d workers: %v allocations, want 0", n, a)
		}
	}
}
