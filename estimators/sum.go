package estimators

import "context"

// Summer adds a vector over shards of the work, in shard order, so that the sum
// has the same bits for any number of workers. It is the one seam where an
// engine for many machines would plug in.
type Summer interface {
	// Sum adds to dst what f adds to its zeroed dst for every shard in
	// [0, shards). f may run on several goroutines, each with its own dst and
	// worker number below Workers. The first error, in shard order, is returned.
	Sum(ctx context.Context, dst []float64, shards int, f func(dst []float64, shard, worker int) error) error
	// Workers returns the number of goroutines that may call f at once.
	Workers() int
}
