package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"natgrad/models"
)

// wordsOf returns the words of a text in their order.
func wordsOf(t *testing.T, text string) []string {
	t.Helper()
	var words []string
	var s wordScanner
	bad, err := s.scan([]byte(text), func(w []byte, n int) *Error {
		if got := utf8.RuneCount(w); n > got || n < 1 {
			t.Errorf("%q: %d letters of %d", w, n, got)
		}
		words = append(words, string(w))
		return nil
	})
	if bad >= 0 || err != nil {
		t.Fatalf("%q: byte %d, error %v", text, bad, err)
	}
	return words
}

func TestWords(t *testing.T) {
	long := strings.Repeat("é", maxWordLetters)
	for text, want := range map[string]string{
		"":                                "",
		"The cat, the DOG.":               "the cat the dog",
		"don't can’t o'clock":             "don't can't o'clock",
		"'quoted' ‘so’ \"and so\"":        "quoted so and so",
		"the nation's and the nations' x": "the nation and the nations x",
		"it’s 's 90's":                    "it s",
		"e-mail well‐known a–b c—d e--f":  "e-mail well-known a b c d e f",
		"-pre post- vari-\nance":          "pre post vari ance",
		"1994 3.14 2nd covid19 x1-y2":     "2nd covid19 x1-y2",
		"1994-95 mid-1990s":               "mid-1990s",
		"ÉCOLE Ñandú Σοφία ДОМ":           "école ñandú σοφία дом",
		"cafe\u0301s \u0301x":             "cafe\u0301s x",
		"co\u00adop می\u200cروم":          "coop میروم",
		"snake_case http://a.b/c?d=e":     "snake case http a b c d e",
		"日本語 text":                        "日本語 text",
		long:                              long,
		long + "x y":                      "y",
		strings.Repeat("ab-", 33):         "",
		"İstanbul":                        "istanbul",
		"rock'n'roll a'-b c-'d":           "rock'n'roll a b c d",
		"x'\u0301y":                       "x y",
	} {
		if diff := cmp.Diff(strings.Fields(want), wordsOf(t, text), cmp.Transformer("nil", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// Stop words are as the scanner makes words: none of them would never be met.
func TestStopWordsAreWords(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range EnglishStopWords() {
		if got := wordsOf(t, w); len(got) != 1 || got[0] != w || seen[w] {
			t.Errorf("%q is read as %q, twice %v", w, got, seen[w])
		}
		seen[w] = true
	}
	for _, w := range strings.Fields("the of and it don't we'll") {
		if !seen[w] {
			t.Errorf("no %q", w)
		}
	}
}

const someText = `The cat sat on the mat; the cat's mat.
A dog saw a cat.

Dogs and cats: DOG!
No mat, no dog
`

func mustText(t *testing.T, text string, o *TextOptions) *Corpus {
	t.Helper()
	c, err := ReadText(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// counted writes the words of each document with their counts.
func counted(t *testing.T, d models.Documents, words []string) string {
	t.Helper()
	var b strings.Builder
	for i, doc := range allDocuments(t, d) {
		if i > 0 {
			b.WriteString("; ")
		}
		sep := ""
		for k, n := range doc {
			if n > 0 {
				fmt.Fprintf(&b, "%s%s:%v", sep, words[k], n)
				sep = " "
			}
		}
	}
	return b.String()
}

func TestReadText(t *testing.T) {
	for _, c := range []struct {
		name, want string
		o          *TextOptions
	}{
		{"default", "cat:2 mat:2 sat:1; cat:1 dog:1 saw:1; ; cats:1 dog:1 dogs:1; dog:1 mat:1", nil},
		{"no stop words", "cat:2 mat:2 on:1 sat:1 the:3; cat:1 dog:1 saw:1; ; and:1 cats:1 dog:1 dogs:1; dog:1 mat:1 no:2", &TextOptions{StopWords: []string{}}},
		{"one letter", "cat:2 mat:2 on:1 sat:1 the:3; a:2 cat:1 dog:1 saw:1; ; and:1 cats:1 dog:1 dogs:1; dog:1 mat:1 no:2", &TextOptions{StopWords: []string{}, MinLength: 1}},
		{"long", "; ; ; cats:1 dogs:1; ", &TextOptions{MinLength: 4}},
		{"stop words", "mat:2 sat:1 the:3; saw:1; ; and:1 cats:1 dogs:1; mat:1", &TextOptions{StopWords: []string{"CAT'S", "dog on, no"}}},
		{"two documents", "cat:2 mat:2; cat:1 dog:1; ; dog:1; dog:1 mat:1", &TextOptions{MinDocs: 2}},
		{"share 0.4", "cat:2 mat:2 sat:1; cat:1 saw:1; ; cats:1 dogs:1; mat:1", &TextOptions{MaxShare: 0.4}},
		{"share 0.6", "cat:2 mat:2 sat:1; cat:1 dog:1 saw:1; ; cats:1 dog:1 dogs:1; dog:1 mat:1", &TextOptions{MaxShare: 0.6}},
		// cat, dog and mat are there three times each, the others once.
		{"two words", "cat:2; cat:1 dog:1; ; dog:1; dog:1", &TextOptions{MaxWords: 2}},
		{"four words", "cat:2 mat:2; cat:1 dog:1; ; cats:1 dog:1; dog:1 mat:1", &TextOptions{MaxWords: 4}},
		{"vocabulary", "the:3 cat:2; cat:1 a:2; ; ; ", &TextOptions{Vocabulary: []string{"the", "zebra", "cat", "a"}}},
	} {
		got := mustText(t, someText, c.o)
		if s := counted(t, got.Counts, got.Words); s != c.want {
			t.Errorf("%s: got %s\nwant %s", c.name, s, c.want)
		}
		zipped, err := ReadText(bytes.NewReader(zip(t, "\ufeff"+strings.ReplaceAll(someText, "\n", "\r\n"))), c.o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(allDocuments(t, got.Counts), allDocuments(t, zipped.Counts)); diff != "" || !slices.Equal(got.Words, zipped.Words) {
			t.Errorf("%s, zipped: %s", c.name, diff)
		}
		if c.o == nil || c.o.Vocabulary == nil {
			if !slices.IsSorted(got.Words) {
				t.Errorf("%s: words %q", c.name, got.Words)
			}
		}
	}
	notes := mustText(t, someText, &TextOptions{MinDocs: 2}).Notes
	if diff := cmp.Diff([]string{"left out 4 of 7 different words", "1 of 5 documents have no words of the vocabulary"}, notes); diff != "" {
		t.Error(diff)
	}
}

// folder writes files with contents by their paths.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Files are documents, in the order of their names; on disk they are the same.
func TestTextFolder(t *testing.T) {
	dir := folder(t, map[string]string{
		"b.txt": "red\nred green\n", "a/2.txt": "blue", "a/10.txt": string(zip(t, "green green")), "c": "", ".hidden": "black", ".git/x": "black",
	})
	if err := os.Symlink(filepath.Join(dir, "b.txt"), filepath.Join(dir, "d.txt")); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	if err := os.Symlink(dir, filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	c, err := OpenText(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = "green:2; blue:1; green:1 red:2; ; green:1 red:2"
	if got := counted(t, c.Counts, c.Words); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"a/10.txt", "a/2.txt", "b.txt", "c", "d.txt"}, c.Files); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"left out 1 of the folder, neither files nor folders in it", "1 of 5 documents have no words of the vocabulary"}, c.Notes); diff != "" {
		t.Error(diff)
	}
	d, err := SpoolText(dir, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := counted(t, d, d.Words()); got != want {
		t.Errorf("on disk %s, want %s", got, want)
	}
	if diff := cmp.Diff([][]string{c.Files, c.Notes}, [][]string{d.Files, d.Notes}); diff != "" {
		t.Error(diff)
	}
}

func TestSpoolTextAgreesWithOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte(strings.Repeat(someText, 700)), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, o := range []*TextOptions{nil, {MinDocs: 701, MaxShare: 0.6}, {MaxWords: 2}, {Vocabulary: []string{"zebra"}}} {
		c, err := OpenText(path, o)
		if err != nil {
			t.Fatal(err)
		}
		kept := filepath.Join(t.TempDir(), "docs")
		d, err := SpoolText(path, kept, o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.Words, d.Words()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(c.Notes, d.Notes); diff != "" {
			t.Error(diff)
		}
		d.Close()
		if d, err = OpenDocuments(kept); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(allDocuments(t, c.Counts), allDocuments(t, d)); diff != "" {
			t.Error(diff)
		}
		d.Close()
	}
}

func TestTextErrors(t *testing.T) {
	cut := zip(t, strings.Repeat(someText, 1000))
	latin := folder(t, map[string]string{"1": "fine\n", "2": "gut\nGr\xfc\xdfe\n"})
	for name, c := range map[string]struct {
		read func(o *TextOptions) error
		o    *TextOptions
		kind Kind
		want string
	}{
		"latin-1":        {textOf("one\nna\xefve\n"), nil, BadText, `line 2, column 3: malformed text: got the byte 0xef, want UTF-8`},
		"cut rune":       {textOf("caf\xc3"), nil, BadText, "line 1, column 4"},
		"surrogate":      {textOf("\xed\xa0\x80"), nil, BadText, "column 1"},
		"UTF-16":         {textOf("\xff\xfea\x00"), nil, Unreadable, "UTF-16"},
		"gzip":           {textOf(string(cut[:len(cut)-9])), nil, BadGzip, "cut short"},
		"empty":          {textOf(""), nil, EmptyFile, ""},
		"stop words":     {textOf("the\nand\n"), nil, NoWords, "2 documents"},
		"no word often":  {textOf(someText), &TextOptions{MinDocs: 9}, NoWords, "7 different words in 5 documents, all left out"},
		"latin-1 folder": {pathOf(latin), nil, BadText, filepath.Join(latin, "2") + ": line 2, column 3"},
		"no file":        {pathOf(filepath.Join(latin, "3")), nil, Unreadable, "3: cannot read"},
		"empty folder":   {pathOf(folder(t, map[string]string{".x": "y"})), nil, NoRows, "no files"},
		"min length":     {textOf("x"), &TextOptions{MinLength: -1}, BadOptions, "MinLength -1"},
		"min docs":       {textOf("x"), &TextOptions{MinDocs: -1}, BadOptions, "MinDocs -1"},
		"share":          {textOf("x"), &TextOptions{MaxShare: 1.5}, BadOptions, "MaxShare 1.5"},
		"max words":      {textOf("x"), &TextOptions{MaxWords: -2}, BadOptions, "MaxWords -2"},
		"stop word":      {textOf("x"), &TextOptions{StopWords: []string{"\xff"}}, BadOptions, "StopWords"},
		"no vocabulary":  {textOf("x"), &TextOptions{Vocabulary: []string{}}, BadOptions, "0 words"},
		"both":           {textOf("x"), &TextOptions{Vocabulary: []string{"a"}, MinDocs: 1}, BadOptions, "alone"},
		"word twice":     {textOf("x"), &TextOptions{Vocabulary: []string{"a", "a"}}, BadWords, `"a" twice`},
	} {
		if err := c.read(c.o); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %v and %q", name, err, c.kind, c.want)
		}
	}
	if err := pathOf("/none/at/all")(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such file: error %v", err)
	}
}

func textOf(text string) func(*TextOptions) error {
	return func(o *TextOptions) error {
		_, err := ReadText(strings.NewReader(text), o)
		return err
	}
}

// pathOf wants the same error from the readers into memory and to disk.
func pathOf(path string) func(*TextOptions) error {
	return func(o *TextOptions) error {
		_, err := OpenText(path, o)
		if _, e := SpoolText(path, "", o); e == nil || err == nil || e.Error() != err.Error() {
			return fmt.Errorf("spooled: %v, else: %v", e, err)
		}
		return err
	}
}

func TestWordLists(t *testing.T) {
	dir := folder(t, map[string]string{
		"good": "b\n  new york \na\r\n", "zipped": string(zip(t, "b\nnew york\na\n")), "blank": "a\n\nb\n", "twice": "a\nb\na\n", "latin": "a\n\xe9\n", "empty": "",
		"stop": "# articles\nThe # and\n\n  an\n", "comments": "#\n",
	})
	for _, name := range []string{"good", "zipped"} {
		words, err := OpenVocabulary(filepath.Join(dir, name))
		if diff := cmp.Diff([]string{"b", "new york", "a"}, words); err != nil || diff != "" {
			t.Errorf("error %v, %s", err, diff)
		}
	}
	for name, want := range map[string]string{
		"blank": "line 2: unusable list of words: got a blank line", "twice": `line 3: unusable list of words: got "a", the word of line 1`, "latin": "line 2: malformed text",
		"empty": "line 1: empty file", "none": "cannot read",
	} {
		_, err := OpenVocabulary(filepath.Join(dir, name))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), name+": "+want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
	for name, want := range map[string][]string{"stop": {"The", "an"}, "comments": {}} {
		words, err := OpenStopWords(filepath.Join(dir, name))
		if diff := cmp.Diff(want, words); err != nil || diff != "" {
			t.Errorf("%s: error %v, %s", name, err, diff)
		}
	}
}

func TestIsLDAC(t *testing.T) {
	dir := folder(t, map[string]string{
		"a": "2 3:1 0:4\n", "b": "0\n0\n1 2:7\n", "c": string(zip(t, "1 2:7\n")), "d": "12 monkeys\n", "e": "0\n0\n", "f": "at 12:30\n", "g": "1\n", "h": "1 0:1 # broken later\n",
	})
	for name, want := range map[string]bool{"a": true, "b": true, "c": true, "d": false, "e": false, "f": false, "g": false, "h": true} {
		if got, err := IsLDAC(filepath.Join(dir, name)); got != want || err != nil {
			t.Errorf("%s: %v, error %v", name, got, err)
		}
	}
	if _, err := IsLDAC(filepath.Join(dir, "none")); !errors.Is(err, Unreadable) {
		t.Errorf("no such file: error %v", err)
	}
}

func FuzzReadText(f *testing.F) {
	for _, s := range []string{
		someText, "", "\n", "a\n", "don't — 'so'\u00ad\u200c", "\xff", "\ufeffa-b", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", "e\u0301\u0301 İ ǅ ß", strings.Repeat("x", 70) + " y",
		"1 2 3a", "x's 's''s", "日本語\n日本\r\n",
	} {
		for mode := range uint8(4) {
			f.Add([]byte(s), mode)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, mode uint8) {
		o := &TextOptions{MinLength: 1 + int(mode&1)}
		if mode&2 != 0 {
			o.StopWords, o.MinDocs = []string{}, 2
		}
		c, err := ReadText(bytes.NewReader(data), o)
		if err != nil {
			if e, ok := errors.AsType[*Error](err); !ok || e.Error() == "" || e.Line == 0 && e.Kind != NoWords && e.Kind != EmptyFile {
				t.Fatalf("got %#v", err)
			}
			return
		}
		n, v := c.Counts.Dims()
		if v != len(c.Words) || v == 0 || !slices.IsSorted(c.Words) {
			t.Fatalf("%d documents of %d words: %q", n, v, c.Words)
		}
		in := make([]int, v)
		for _, doc := range allDocuments(t, c.Counts) {
			for k, x := range doc {
				if x > 0 {
					in[k]++
				}
			}
		}
		for k, w := range c.Words {
			if in[k] < max(1, o.MinDocs) || !utf8.ValidString(w) || len(w) == 0 {
				t.Fatalf("%q is in %d documents", w, in[k])
			}
		}
		// With the words as its vocabulary the text is the same.
		again, err := ReadText(bytes.NewReader(data), &TextOptions{Vocabulary: c.Words})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(allDocuments(t, c.Counts), allDocuments(t, again.Counts)); diff != "" {
			t.Fatal(diff)
		}
		// Words are made of themselves.
		for _, w := range c.Words {
			if got := wordsOf(t, w); len(got) != 1 || got[0] != w {
				t.Fatalf("%q is read as %q", w, got)
			}
		}
	})
}

func BenchmarkReadText(b *testing.B) {
	text := []byte(strings.Repeat(someText, 1000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadText(bytes.NewReader(text), nil); err != nil {
			b.Fatal(err)
		}
	}
}
