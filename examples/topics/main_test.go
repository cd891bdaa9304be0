package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func topics(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// fitJSON returns the results of a run that must go well, without the seconds.
func fitJSON(t *testing.T, args ...string) output {
	t.Helper()
	status, out, errs := topics(t, append(args, "-json", "-")...)
	if status != 0 {
		t.Fatalf("%v: status %d, %s", args, status, errs)
	}
	var o output
	if err := json.Unmarshal([]byte(out), &o); err != nil {
		t.Fatal(err)
	}
	o.Seconds = 0
	return o
}

// found counts the subjects that are the twelve most frequent words of a topic.
func found(o output) int {
	all := map[string]bool{}
	for _, topic := range o.Topics {
		var words []string
		for _, w := range topic.Words {
			words = append(words, w.Word)
		}
		slices.Sort(words)
		for _, s := range subjects {
			subject := strings.Fields(s)
			slices.Sort(subject)
			if slices.Equal(words, subject) {
				all[s] = true
			}
		}
	}
	return len(all)
}

// The six subjects are found: each topic has the words of one, the twelve most frequent.
func TestSubjectsAreFound(t *testing.T) {
	for _, batch := range [][]string{nil, {"-batch", "60", "-iterations", "200"}, {"-batch", "60"}} {
		o := fitJSON(t, append(batch, "-words", "12")...)
		if n := found(o); n != len(subjects) {
			t.Errorf("%v: %d of %d subjects found", batch, n, len(subjects))
		}
		// Of one subject twelve words have equal chances, of two some more.
		if o.Holdout == nil || !(o.Holdout.Perplexity > 12 && o.Holdout.Perplexity < 26) || o.Holdout.Documents != 40 || o.Documents != 360 {
			t.Errorf("%v: %d documents, held out %+v", batch, o.Documents, o.Holdout)
		}
	}
}

// written are the documents made up as files: lda-c with its vocabulary, a text, and a
// folder.
type written struct{ ldac, vocab, text, folder string }

func write(t *testing.T) written {
	t.Helper()
	dir := t.TempDir()
	x, vocab := madeUp()
	var ldac, text strings.Builder
	w := written{filepath.Join(dir, "corpus.ldac"), filepath.Join(dir, "vocab"), filepath.Join(dir, "corpus.txt"), filepath.Join(dir, "folder")}
	save := func(path, s string) {
		if err := os.WriteFile(path, []byte(s), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(w.folder, 0o777); err != nil {
		t.Fatal(err)
	}
	i := 0
	err := eachDocument(x, func(words []int32, counts []float64) error {
		var doc strings.Builder
		fmt.Fprint(&ldac, len(words))
		for k, word := range words {
			fmt.Fprintf(&ldac, " %d:%v", word, counts[k])
			for range int(counts[k]) {
				doc.WriteString("The " + strings.ToUpper(vocab[word]) + "'s, ")
			}
		}
		ldac.WriteString("\n")
		text.WriteString(doc.String() + "\n")
		save(filepath.Join(w.folder, fmt.Sprintf("doc, %03d", i)), doc.String())
		i++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	save(w.ldac, ldac.String())
	save(w.text, text.String())
	save(w.vocab, strings.Join(vocab, "\n")+"\n")
	return w
}

// Documents on disk, in any form, give the bits of those in memory, and so does -stream.
func TestFormsAgree(t *testing.T) {
	w := write(t)
	batch := []string{"-batch", "60", "-iterations", "30"}
	builtIn := fitJSON(t, batch...)
	rare := []string{"-max-share", "1"} // cup and sun are of two subjects, and in half of the documents
	texts := fitJSON(t, slices.Concat(batch, rare, []string{"-data", w.text})...)
	if texts.Words != 68 || texts.Documents != 360 || found(fitJSON(t, "-data", w.text, "-words", "12", "-max-share", "1")) != len(subjects) {
		t.Errorf("%d documents of %d words", texts.Documents, texts.Words)
	}
	for _, c := range []struct {
		args []string
		want output
	}{
		{[]string{"-data", w.ldac, "-vocab", w.vocab}, builtIn},
		{[]string{"-data", w.ldac, "-vocab", w.vocab, "-stream"}, builtIn},
		{[]string{"-data", w.ldac, "-format", "ldac", "-vocab", w.vocab}, builtIn},
		{[]string{"-data", w.text, "-vocab", w.vocab}, builtIn},
		{[]string{"-data", w.folder, "-vocab", w.vocab, "-stream"}, builtIn},
		{append(rare, "-data", w.text, "-stream", "-format", "text"), texts},
		{append(rare, "-data", w.folder), texts},
		{append(rare, "-data", w.folder, "-stream"), texts},
	} {
		if diff := cmp.Diff(c.want, fitJSON(t, append(batch, c.args...)...)); diff != "" {
			t.Errorf("%v: %s", c.args, diff)
		}
	}
	numbers := fitJSON(t, append(batch, "-data", w.ldac)...)
	if numbers.ELBO != builtIn.ELBO || strings.Trim(numbers.Topics[0].Words[0].Word, "0123456789") != "" {
		t.Errorf("without words: ELBO %v, want %v; %+v", numbers.ELBO, builtIn.ELBO, numbers.Topics[0])
	}
	text, err := os.ReadFile(w.text)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"-data", "-", "-format", "text", "-max-share", "1"}, bytes.NewReader(text), &out, &errs); status != 0 || !strings.Contains(out.String(), "standard input: 400 documents, a vocabulary of 68 words") {
		t.Errorf("standard input: status %d, %s%s", status, &out, &errs)
	}
}

// The proportions of all documents sum to 1 and are those of the words; documents have their
// names, and as many as the report says are held out.
func TestAssignments(t *testing.T) {
	w := write(t)
	path := filepath.Join(t.TempDir(), "a.csv")
	read := func(args ...string) (output, [][]string) {
		o := fitJSON(t, append(args, "-assign", path, "-words", "12")...)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		recs, err := csv.NewReader(f).ReadAll()
		if err != nil || len(recs) != 401 || len(recs[0]) != 9 {
			t.Fatalf("%d records, error %v", len(recs), err)
		}
		return o, recs
	}
	o, recs := read("-data", w.folder, "-max-share", "1")
	x, vocab := madeUp()
	counts := x.Dense().RawData()
	heldOut, agree := 0, 0
	for d, rec := range recs[1:] {
		if want := fmt.Sprintf("doc, %03d", d); rec[0] != want {
			t.Errorf("document %q, want %q", rec[0], want)
		}
		if rec[1] == "1" {
			heldOut++
		}
		sum, most, top := 0.0, 0.0, 0
		for k, s := range rec[3:] {
			p, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			if sum += p; p > most {
				most, top = p, k+1
			}
		}
		if math.Abs(sum-1) > 1e-12 || rec[2] != strconv.Itoa(top) {
			t.Fatalf("record %v", rec)
		}
		// The topic with the largest proportion has most words of the document.
		var best, in float64
		for k, topic := range o.Topics {
			var n float64
			for _, word := range topic.Words {
				n += counts[d*len(vocab)+slices.Index(vocab, word.Word)]
			}
			if best = max(best, n); k+1 == top {
				in = n
			}
		}
		if in == best {
			agree++
		}
	}
	if heldOut != o.Holdout.Documents || heldOut != 40 || agree < 395 {
		t.Errorf("%d held out, %d as the words say", heldOut, agree)
	}
	_, streamed := read("-data", w.folder, "-max-share", "1", "-stream")
	if diff := cmp.Diff(recs, streamed); diff != "" {
		t.Error(diff)
	}
	_, lines := read("-holdout", "0")
	if lines[1][0] != "1" || lines[400][0] != "400" {
		t.Errorf("documents %q to %q", lines[1][0], lines[400][0])
	}
}

// A fit that is not asked to end before it converges is a failure if it does, and what it
// has is written.
func TestEnds(t *testing.T) {
	if o := fitJSON(t, "-iterations", "3", "-holdout", "0"); o.Iterations != 3 || o.Status != "iteration limit" || o.Holdout != nil || o.Documents != 400 {
		t.Errorf("%+v", o)
	}
	// Eleven passes do not fit into ten.
	if o := fitJSON(t, "-batch", "100"); o.Iterations > 40 || o.Iterations < 20 {
		t.Errorf("%d iterations", o.Iterations)
	}
	few, more := fitJSON(t, "-seed", "4"), fitJSON(t, "-seed", "4", "-starts", "3")
	if !(more.ELBO >= few.ELBO-0.1) {
		t.Errorf("ELBO %v from three starts, %v from one", more.ELBO, few.ELBO)
	}
	if tight := fitJSON(t, "-tolerance", "1e-6"); !(tight.Iterations > few.Iterations) || tight.Status != "converged" {
		t.Errorf("%d iterations to a tolerance of 1e-6, %d to the default", tight.Iterations, few.Iterations)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bad := file("bad.ldac", "1 0:2\n2 1:1\n")
	good := file("good.ldac", "1 0:2\n1 1:1\n")
	text := file("text.txt", "red green\nblue red\ngreen blue\n")
	latin := file("latin.txt", "red\ngr\xfcn\n")
	one := file("one.txt", "red red\nred\nblue\n")
	blank := file("blank", "a\n\nb\n")
	short := file("short", "a\n")
	empty := file("empty.txt", "")
	hidden := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(hidden, ".git"), 0o777); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(dir, "none")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-topics", "0"}, 1, "-topics is 0"},
		{[]string{"-alpha", "-1"}, 1, "-alpha is -1"},
		{[]string{"-eta", "NaN"}, 1, "-eta is NaN"},
		{[]string{"-eta", "1e-17"}, 1, "η above 1e-16"},
		{[]string{"-holdout", "1"}, 1, "-holdout is 1"},
		{[]string{"-max-share", "2"}, 1, "-max-share is 2"},
		{[]string{"-min-docs", "-2"}, 1, "-min-docs is -2"},
		{[]string{"-starts", "0"}, 1, "-starts is 0"},
		{[]string{"-tolerance", "-1"}, 1, "-tolerance is -1"},
		{[]string{"-topics", "x"}, 2, "-h explains"},
		{[]string{"-format", "csv"}, 2, "want one of auto, ldac, text"},
		{[]string{"corpus"}, 2, "-data"},
		{[]string{"-data", bad}, 1, bad + ": line 2"},
		{[]string{"-data", bad, "-stream"}, 1, bad + ": line 2"},
		{[]string{"-data", text, "-format", "ldac"}, 1, text + ": line 1, column 1"},
		{[]string{"-data", latin, "-format", "text"}, 1, latin + ": line 2, column 3"},
		{[]string{"-data", latin, "-stream"}, 1, latin + ": line 2, column 3"},
		{[]string{"-data", none}, 1, "-data: stat " + none},
		{[]string{"-data", none, "-format", "ldac"}, 1, none},
		{[]string{"-data", none, "-format", "text"}, 1, none + ": cannot read"},
		{[]string{"-data", empty}, 1, empty + ": line 1: empty file"},
		{[]string{"-data", hidden}, 1, hidden + ": no rows: got no files"},
		{[]string{"-data", text, "-min-docs", "3"}, 1, "lower -min-docs or raise -max-share"},
		{[]string{"-data", one, "-max-share", "1"}, 1, "a vocabulary of 1 words"},
		{[]string{"-data", "-"}, 1, "-data - needs -format"},
		{[]string{"-data", "-", "-format", "text", "-stream"}, 1, "-stream needs a file"},
		{[]string{"-vocab", good}, 1, "need -data"},
		{[]string{"-stream"}, 1, "need -data"},
		{[]string{"-data", good, "-vocab", blank}, 1, "-vocab: " + blank + ": line 2"},
		{[]string{"-data", good, "-vocab", short}, 1, "a word below 1"},
		{[]string{"-data", good, "-min-docs", "2"}, 1, "are for texts, not for an lda-c file"},
		{[]string{"-data", good, "-format", "ldac", "-stopwords", blank}, 1, "are for texts, not for an lda-c file"},
		{[]string{"-data", text, "-vocab", good, "-max-words", "9"}, 1, "-vocab says which words"},
		{[]string{"-data", text, "-stopwords", none}, 1, "-stopwords: " + none},
		{[]string{"-json", filepath.Join(none, "x.json")}, 1, "-json"},
		{[]string{"-assign", filepath.Join(none, "x.csv")}, 1, "-assign"},
	} {
		status, _, errs := topics(t, c.args...)
		if status != c.status || !strings.Contains(errs, c.want) {
			t.Errorf("%v: status %d, want %d; %q lacks %q", c.args, status, c.status, errs, c.want)
		}
		if status == 1 && strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: %q, want one line", c.args, errs)
		}
	}
	stop := file("stop", "RED\n")
	if o := fitJSON(t, "-data", text, "-max-share", "1", "-stopwords", stop, "-topics", "2", "-min-docs", "1", "-iterations", "5"); o.Words != 2 || len(o.Topics[0].Words) != 2 {
		t.Errorf("%+v", o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if status := run(ctx, nil, strings.NewReader(""), &out, &errs); status != 1 || !strings.Contains(errs.String(), "canceled") {
		t.Errorf("cancelled: status %d, %s", status, &errs)
	}
}
