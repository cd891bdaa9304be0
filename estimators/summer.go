package estimators

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	badShards = "estimators: negative number of shards"
	badReuse  = "estimators: Goroutines used by two callers at once"
)

// Goroutines is a Summer that runs the shards on goroutines of this process.
// Every shard has a buffer of its own and the buffers are added in shard order,
// so that the sum has the same bits for any number of goroutines.
//
// The zero value uses as many goroutines as GOMAXPROCS was at its first use.
// A Goroutines keeps its buffers and may be used by one caller at a time.
type Goroutines struct {
	N int // goroutines; 0: GOMAXPROCS

	n     int
	busy  atomic.Bool
	run   []func() // one for each worker, made once: starting it does not allocate
	wg    sync.WaitGroup
	next  atomic.Int64 // the next shard to start
	stop  atomic.Int64 // shards after this one need not run
	bufs  []float64
	errs  []error
	panic []any

	// The arguments of the call in progress.
	ctx    context.Context
	f      func(dst []float64, shard, worker int) error
	size   int
	shards int
}

// Workers implements Summer.
func (g *Goroutines) Workers() int {
	if g.n == 0 {
		g.n = g.N
		if g.n <= 0 {
			g.n = runtime.GOMAXPROCS(0)
		}
	}
	return g.n
}

// Sum implements Summer. dst is unchanged if there is an error. A panic in f
// stops the other shards and is repeated in the caller's goroutine.
func (g *Goroutines) Sum(ctx context.Context, dst []float64, shards int, f func(dst []float64, shard, worker int) error) error {
	if shards < 0 {
		panic(badShards)
	}
	if !g.busy.CompareAndSwap(false, true) {
		panic(badReuse)
	}
	defer g.busy.Store(false)
	g.prepare(ctx, len(dst), shards, f)
	workers := min(g.Workers(), shards)
	if workers <= 1 {
		g.work(0)
	} else {
		g.wg.Add(workers)
		for _, run := range g.run[:workers] {
			go run()
		}
		g.wg.Wait()
	}
	g.ctx, g.f = nil, nil
	for shard, p := range g.panic[:shards] {
		if p != nil {
			panic(fmt.Sprintf("estimators: panic in shard %d: %v", shard, p))
		}
		if g.errs[shard] != nil {
			return g.errs[shard]
		}
	}
	for shard := range shards {
		for i, x := range g.bufs[shard*len(dst) : (shard+1)*len(dst)] {
			dst[i] += x
		}
	}
	return nil
}

func (g *Goroutines) prepare(ctx context.Context, size, shards int, f func(dst []float64, shard, worker int) error) {
	for w := len(g.run); w < g.Workers(); w++ {
		g.run = append(g.run, func() {
			defer g.wg.Done()
			g.work(w)
		})
	}
	g.bufs = resize(g.bufs, size*shards)
	if cap(g.errs) < shards {
		g.errs = make([]error, shards)
		g.panic = make([]any, shards)
	}
	g.errs, g.panic = g.errs[:shards], g.panic[:shards]
	clear(g.errs)
	clear(g.panic)
	g.ctx, g.f, g.size, g.shards = ctx, f, size, shards
	g.next.Store(0)
	g.stop.Store(int64(shards))
}

// work runs shards until none is left or one failed. Shards are started in
// order, so that all before a failed one are run and the first error in shard
// order does not depend on timing.
func (g *Goroutines) work(worker int) {
	for {
		shard := g.next.Add(1) - 1
		if shard >= int64(g.shards) || shard > g.stop.Load() {
			return
		}
		if !g.shard(int(shard), worker) {
			for old := g.stop.Load(); shard < old; old = g.stop.Load() {
				if g.stop.CompareAndSwap(old, shard) {
					break
				}
			}
		}
	}
}

// shard reports whether the shard succeeded.
func (g *Goroutines) shard(shard, worker int) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			g.panic[shard] = p
			ok = false
		}
	}()
	if err := g.ctx.Err(); err != nil {
		g.errs[shard] = err
		return false
	}
	buf := g.bufs[shard*g.size : (shard+1)*g.size]
	clear(buf)
	g.errs[shard] = g.f(buf, shard, worker)
	return g.errs[shard] == nil
}

// resize returns a slice of length n that reuses the memory of x if it can. Its
// contents are unspecified.
func resize(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	return x[:n]
}
