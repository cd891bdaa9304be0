package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"

	"natgrad/estimators"
	"natgrad/families"
	"natgrad/models"
	"natgrad/models/dataset"
	"natgrad/vi"
)

var topics = experiment{
	name:  "topics",
	about: "Fits topics to the Associated Press and Daily Kos corpora, in batch and in minibatches, beside scikit-learn's.",
	run:   runTopics,
}

// The bars of the experiment, of each seed. Perplexity is that of document completion.
const (
	minBatchELBO      = -8.22  // for each word
	minOnlineELBO     = -8.235 // the same
	maxPerplexity     = 3110
	maxScikitTime     = 1. / 3 // of the CPU time of scikit-learn for the same method
	sameELBO          = 0.005  // that scikit-learn may be better by, as seeds differ by more
	samePerplexity    = 1.01   // times
	maxTopicsGrowth   = 20     // MB of memory for ten times as many documents on disk
	topicsα, topicsη  = 0.1, 0.01
	apWords, kosWords = 10473, 6906
)

// topicsSize is what -quick changes.
type topicsSize struct {
	docs, train        int // of the Associated Press corpus
	topics             int
	batchIterations    int
	size, onlinePasses int
	scikitBatch        int // passes
	scikitOnline       int
	kosDocs, kosTopics int
	kosPasses          int
	kosCopies          [3]int // memory must not grow from the second to the third
}

var (
	fullTopics  = topicsSize{2246, 2000, 20, 60, 200, 8, 100, 10, 3430, 50, 10, [3]int{1, 10, 20}}
	quickTopics = topicsSize{300, 250, 5, 5, 50, 2, 5, 2, 300, 5, 2, [3]int{1, 2, 3}}
)

// onlineTolerance is LDA.LocalTolerance of fits in minibatches, whose topics are rough until
// the end.
const onlineTolerance = 1e-2

type topicsOptions struct {
	dir    string
	quick  bool
	scikit bool
	seeds  int
}

func runTopics(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o topicsOptions
	fs := newFlags("topics", stderr)
	fs.StringVar(&o.dir, "dir", "", "`folder` that holds ap.ldac.gz and kos.ldac.gz (default: data/text in $NATGRAD_SHARED, else in ../shared)")
	fs.BoolVar(&o.quick, "quick", false, "parts of the corpora, in seconds; misses do not fail")
	fs.BoolVar(&o.scikit, "scikit", true, "compare with scikit-learn, where a python3 has it; minutes")
	fs.IntVar(&o.seeds, "seeds", 3, "fits of each kind, with the seeds 1, 2, ...")
	if err := parse(fs, args); err != nil {
		return err
	}
	if o.seeds < 1 {
		return fmt.Errorf("-seeds %d: want a positive number", o.seeds)
	}
	if o.dir == "" {
		o.dir = filepath.Join(sharedDir(""), "data", "text")
	}
	t := &topicsRun{o: o, size: fullTopics, out: stdout, t: tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)}
	if o.quick {
		t.size = quickTopics
		fmt.Fprintln(stdout, quickNote)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // as scikit-learn
	// The other corpus is in memory, which would hide what this one takes.
	if err := t.kos(ctx); err != nil {
		return err
	}
	if err := t.ap(ctx); err != nil {
		return err
	}
	if t.missed > 0 && !o.quick {
		return fmt.Errorf("%d of the bars missed", t.missed)
	}
	return nil
}

type topicsRun struct {
	o      topicsOptions
	size   topicsSize
	out    io.Writer
	t      *tabwriter.Writer
	missed int
}

// bar prints a measurement beside its bar. sign is 1 where it must not be above it, −1
// where not below.
func (t *topicsRun) bar(name string, got float64, format string, bar float64, sign float64) {
	rule, verdict := "≤", "met"
	if sign < 0 {
		rule = "≥"
	}
	if !(sign*got <= sign*bar) {
		verdict = "NOT MET"
		t.missed++
	}
	fmt.Fprintf(t.t, "%s\t"+format+"\t%s %.4g\t%s\n", name, got, rule, bar, verdict)
}

// read opens the first documents of a corpus.
func (t *topicsRun) read(name string, words, docs int) (*models.CSR, error) {
	x, err := dataset.OpenLDAC(filepath.Join(t.o.dir, name), words)
	if err != nil {
		return nil, err
	}
	if n, _ := x.Dims(); n < docs {
		return nil, fmt.Errorf("%s has %d documents, want %d", name, n, docs)
	}
	return span(x, 0, docs), nil
}

// span returns documents lo to hi.
func span(x *models.CSR, lo, hi int) *models.CSR {
	idx := make([]int, hi-lo)
	for i := range idx {
		idx[i] = lo + i
	}
	return x.Gather(nil, idx).(*models.CSR)
}

// topicFit is what a fit cost, and what it is worth.
type topicFit struct {
	seconds, elbo, perplexity float64
}

// topicFits are all of one kind.
type topicFits []topicFit

func (f topicFits) of(what func(topicFit) float64) samples {
	var s samples
	for _, x := range f {
		s = append(s, what(x))
	}
	return s
}

func topicSeconds(f topicFit) float64    { return f.seconds }
func topicELBO(f topicFit) float64       { return f.elbo }
func topicPerplexity(f topicFit) float64 { return f.perplexity }

// ap compares fits to the Associated Press corpus.
func (t *topicsRun) ap(ctx context.Context) error {
	x, err := t.read("ap.ldac.gz", apWords, t.size.docs)
	if err != nil {
		return err
	}
	train, test := span(x, 0, t.size.train), span(x, t.size.train, t.size.docs)
	j, err := newTopicJudge(train, test, t.size.topics)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "\nAssociated Press: %d documents of %.0f words, %d to test; K = %d, α = %g, η = %g; one core\n", t.size.train, j.words, t.size.docs-t.size.train, t.size.topics, topicsα, topicsη)
	var other *topicsScikit
	var none error
	if t.o.scikit {
		if other, none = startTopicsScikit(ctx, train, t.size.topics, topicsα, topicsη); none != nil && !errors.Is(none, errNoScikit) {
			return none
		}
	}
	all, err := t.fits(ctx, j, other)
	if other != nil {
		err = errors.Join(err, other.close())
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(t.t, "\t\t\t\t\t\nmeasured, the worst of the seeds\tvalue\tbar\tverdict")
	for _, method := range []string{"batch", "online"} {
		elbo := map[string]float64{"batch": minBatchELBO, "online": minOnlineELBO}[method]
		t.bar(method+": ELBO for each word", slices.Min(all[method].of(topicELBO)), "%.4f", elbo, -1)
		t.bar(method+": perplexity", slices.Max(all[method].of(topicPerplexity)), "%.0f", maxPerplexity, 1)
		if other := all["scikit-learn "+method]; other != nil {
			t.bar(method+": ELBO for each word above scikit-learn's, medians", all[method].of(topicELBO).median()-other.of(topicELBO).median(), "%.4f", -sameELBO, -1)
			t.bar(method+": perplexity over scikit-learn's, medians", all[method].of(topicPerplexity).median()/other.of(topicPerplexity).median(), "%.4f", samePerplexity, 1)
			t.bar(method+": CPU time over scikit-learn's, medians", all[method].of(topicSeconds).median()/other.of(topicSeconds).median(), "%.3f", maxScikitTime, 1)
		} else if none != nil {
			fmt.Fprintf(t.t, "%s: CPU time over scikit-learn's\t-\t\t%v\n", method, none)
		}
	}
	return t.t.Flush()
}

// fits makes all of them, those that are compared in turn.
func (t *topicsRun) fits(ctx context.Context, j *topicJudge, other *topicsScikit) (map[string]topicFits, error) {
	fmt.Fprintln(t.t, "fit\tseed\tELBO for each word\tperplexity\tCPU s\t")
	all := map[string]topicFits{}
	for seed := range uint64(t.o.seeds) {
		for _, method := range []string{"batch", "online"} {
			f, err := t.fit(ctx, j, method, seed+1)
			if err != nil {
				return nil, err
			}
			all[method] = append(all[method], f)
			t.row(method, seed+1, f)
			if other == nil {
				continue
			}
			passes := map[string]int{"batch": t.size.scikitBatch, "online": t.size.scikitOnline}[method]
			λ, seconds, err := other.fit(method, passes, seed+1)
			if err != nil {
				return nil, err
			}
			f = topicFit{seconds: seconds}
			if err := j.judge(ctx, &f, λ); err != nil {
				return nil, err
			}
			name := "scikit-learn " + method
			all[name] = append(all[name], f)
			t.row(fmt.Sprintf("%s, %s", name, other.version), seed+1, f)
		}
	}
	return all, nil
}

func (t *topicsRun) row(name string, seed uint64, f topicFit) {
	fmt.Fprintf(t.t, "%s\t%d\t%.4f\t%.0f\t%.2f\t\n", name, seed, f.elbo, f.perplexity, f.seconds)
}

func (t *topicsRun) fit(ctx context.Context, j *topicJudge, method string, seed uint64) (f topicFit, err error) {
	m, err := models.NewLDA(j.train, t.size.topics, topicsα, topicsη)
	if err != nil {
		return f, err
	}
	set := &vi.Settings{Starts: 1, Check: -1, Seed: seed, MaxIterations: t.size.batchIterations}
	if method == "online" {
		set.Estimator = &estimators.Minibatch{Estimator: new(estimators.Local), Size: t.size.size}
		set.MaxIterations = t.size.onlinePasses * t.size.train / t.size.size
		set.Schedule = vi.RobbinsMonro{Scale: 0.7, Exponent: 0.7} // larger steps, of so few, would undo the start
		m.LocalTolerance = onlineTolerance
	}
	runtime.GC()
	begin := cpuSeconds()
	res, err := vi.Fit(ctx, vi.Problem{Model: m}, set)
	f.seconds = cpuSeconds() - begin
	if err != nil {
		return f, err
	}
	return f, j.judge(ctx, &f, res.Q.Natural(nil))
}

// topicJudge judges topics, ours and others', by the same measures.
type topicJudge struct {
	train, test *models.CSR
	model       *models.LDA
	local       *estimators.Local
	q           families.Distribution
	grad        families.Natural
	words       float64 // of the training documents
}

func newTopicJudge(train, test *models.CSR, topics int) (*topicJudge, error) {
	m, err := models.NewLDA(train, topics, topicsα, topicsη)
	if err != nil {
		return nil, err
	}
	f, err := families.Parse(m.Family())
	if err != nil {
		return nil, err
	}
	j := &topicJudge{train: train, test: test, model: m, local: new(estimators.Local), q: f.New(), grad: make(families.Natural, f.NumParams())}
	if err := j.local.Init(m.Fork(), f); err != nil {
		return nil, err
	}
	ones := make([]float64, apWords)
	n, v := train.Dims()
	sums := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	train.MulVec(sums, ones[:v], 0, n)
	for _, s := range sums {
		j.words += s
	}
	return j, nil
}

// judge finds the ELBO for each word and the perplexity of the test documents.
func (j *topicJudge) judge(ctx context.Context, f *topicFit, λ families.Natural) error {
	if !j.q.SetNatural(λ) {
		return errors.New("the topics are not Dirichlet distributions")
	}
	s, err := j.local.Estimate(ctx, j.grad, j.q, estimators.Stream{})
	if err != nil {
		return err
	}
	f.elbo = (s.ELogJoint + j.q.Entropy()) / j.words
	if f.perplexity, _, err = j.model.Completion(λ, j.test, rand.New(rand.NewPCG(1, 1))); err != nil {
		return err
	}
	if math.IsNaN(f.perplexity) {
		return errors.New("no words to test by")
	}
	return nil
}
