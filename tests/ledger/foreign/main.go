// SPDX-License-Identifier: EUPL-1.2

// Foreign checks and makes notes, proofs and tiles with code that others wrote: golang.org/x/mod/sumdb/{note,tlog}.
//
//	foreign check < question.json > answer.json   what of ours holds in their eyes
//	foreign make  < question.json > answer.json   things of theirs, for us to check
package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The height of our tiles. Their paths name the height, ours do not.
const height = 8

type inclusion struct {
	Leaf  []byte   `json:"leaf"`
	Index int64    `json:"index"`
	Size  int64    `json:"size"`
	Root  []byte   `json:"root"`
	Proof [][]byte `json:"proof"`
}

type consistency struct {
	Size1 int64    `json:"size1"`
	Root1 []byte   `json:"root1"`
	Size2 int64    `json:"size2"`
	Root2 []byte   `json:"root2"`
	Proof [][]byte `json:"proof"`
}

type signed struct {
	Note  []byte   `json:"note"`
	Vkeys []string `json:"vkeys"`
}

type question struct {
	Notes         []signed      `json:"notes"`
	Inclusions    []inclusion   `json:"inclusions"`
	Consistencies []consistency `json:"consistencies"`
	Folder        string        `json:"folder"`
	Vkey          string        `json:"vkey"`
	Name          string        `json:"name"`
	Text          string        `json:"text"`
	Entries       [][]byte      `json:"entries"`
	Indexes       []int64       `json:"indexes"`
}

type answer struct {
	Notes         []string      `json:"notes,omitempty"`
	Inclusions    []string      `json:"inclusions,omitempty"`
	Consistencies []string      `json:"consistencies,omitempty"`
	Tiles         []string      `json:"tiles,omitempty"`
	Vkey          string        `json:"vkey,omitempty"`
	Note          []byte        `json:"note,omitempty"`
	Proofs        []inclusion   `json:"proofs,omitempty"`
	Steps         []consistency `json:"steps,omitempty"`
}

func main() {
	var asked question
	must(json.NewDecoder(os.Stdin).Decode(&asked))
	var told answer
	switch os.Args[1] {
	case "check":
		told = check(asked)
	case "make":
		told = makeTheirs(asked)
	default:
		panic("check or make")
	}
	must(json.NewEncoder(os.Stdout).Encode(told))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// said is "" for what holds, else the reason.
func said(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

func hashes(lists [][]byte) []tlog.Hash {
	made := make([]tlog.Hash, len(lists))
	for i, list := range lists {
		copy(made[i][:], list)
	}
	return made
}

func hash(content []byte) tlog.Hash {
	return hashes([][]byte{content})[0]
}

func open(content []byte, vkeys []string) (*note.Note, error) {
	verifiers := []note.Verifier{}
	for _, vkey := range vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return nil, err
		}
		verifiers = append(verifiers, verifier)
	}
	return note.Open(content, note.VerifierList(verifiers...))
}

func check(asked question) answer {
	var told answer
	for _, each := range asked.Notes {
		_, err := open(each.Note, each.Vkeys)
		told.Notes = append(told.Notes, said(err))
	}
	for _, each := range asked.Inclusions {
		err := tlog.CheckRecord(hashes(each.Proof), each.Size, hash(each.Root), each.Index, tlog.RecordHash(each.Leaf))
		told.Inclusions = append(told.Inclusions, said(err))
	}
	for _, each := range asked.Consistencies {
		err := tlog.CheckTree(hashes(each.Proof), each.Size2, hash(each.Root2), each.Size1, hash(each.Root1))
		told.Consistencies = append(told.Consistencies, said(err))
	}
	if asked.Folder != "" {
		for _, index := range asked.Indexes {
			told.Tiles = append(told.Tiles, said(checkTiles(asked, index)))
		}
	}
	return told
}

// folder reads tiles as they lie below the prefix of a log.
type folder string

func (f folder) Height() int { return height }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := [][]byte{}
	for _, tile := range tiles {
		content, err := os.ReadFile(filepath.Join(string(f), ourPath(tile)))
		if err != nil {
			return nil, err
		}
		read = append(read, content)
	}
	return read, nil
}

func ourPath(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

// checkTiles reads one leaf through the tiles, which their reader compares with the signed root, and the entry of the
// leaf out of its bundle, and proves it.
func checkTiles(asked question, index int64) error {
	content, err := os.ReadFile(filepath.Join(asked.Folder, "checkpoint"))
	if err != nil {
		return err
	}
	opened, err := open(content, []string{asked.Vkey})
	if err != nil {
		return err
	}
	tree, err := parseCheckpoint(opened.Text)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, folder(asked.Folder))
	leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	entry, err := readEntry(asked.Folder, tree.N, index)
	if err != nil {
		return err
	}
	if tlog.RecordHash(entry) != leaf[0] {
		return fmt.Errorf("entry %d is not the leaf", index)
	}
	proof, err := tlog.ProveRecord(tree.N, index, reader)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf[0])
}

func parseCheckpoint(text string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return tlog.Tree{}, fmt.Errorf("a checkpoint has three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	return tlog.Tree{N: size, Hash: hash(root)}, err
}

func readEntry(prefix string, size, index int64) ([]byte, error) {
	tile := tlog.Tile{H: height, L: 0, N: index / 256, W: 256}
	if left := size - tile.N*256; left < 256 {
		tile.W = int(left)
	}
	path := strings.Replace(ourPath(tile), "tile/0/", "tile/entries/", 1)
	bundle, err := os.ReadFile(filepath.Join(prefix, path))
	if err != nil {
		return nil, err
	}
	for skip := index % 256; ; skip-- {
		length := int(bundle[0])<<8 | int(bundle[1])
		if skip == 0 {
			return bundle[2 : 2+length], nil
		}
		bundle = bundle[2+length:]
	}
}

// store holds the hashes of a tree in their order.
type store []tlog.Hash

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := []tlog.Hash{}
	for _, index := range indexes {
		read = append(read, s[index])
	}
	return read, nil
}

// makeTheirs signs a text with a new key, and makes a signed tree over the entries with its tiles and proofs.
func makeTheirs(asked question) answer {
	var told answer
	skey, vkey, err := note.GenerateKey(rand.Reader, asked.Name)
	must(err)
	signer, err := note.NewSigner(skey)
	must(err)
	told.Vkey = vkey
	told.Note, err = note.Sign(&note.Note{Text: asked.Text}, signer)
	must(err)

	var kept store
	roots := [][]byte{}
	for index, entry := range asked.Entries {
		more, err := tlog.StoredHashes(int64(index), entry, kept)
		must(err)
		kept = append(kept, more...)
		root, err := tlog.TreeHash(int64(index)+1, kept)
		must(err)
		roots = append(roots, append([]byte{}, root[:]...))
	}
	size := int64(len(asked.Entries))
	root := roots[size-1]
	for _, index := range asked.Indexes {
		proof, err := tlog.ProveRecord(size, index, kept)
		must(err)
		told.Proofs = append(told.Proofs, inclusion{asked.Entries[index], index, size, root, lists(proof)})
		step, err := tlog.ProveTree(size, index+1, kept)
		must(err)
		told.Steps = append(told.Steps, consistency{index + 1, roots[index], size, root, lists(step)})
	}
	for _, tile := range tlog.NewTiles(height, 0, size) {
		content, err := tlog.ReadTileData(tile, kept)
		must(err)
		path := filepath.Join(asked.Folder, ourPath(tile))
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, content, 0o644))
	}
	return told
}

func lists(proof []tlog.Hash) [][]byte {
	made := [][]byte{}
	for _, each := range proof {
		made = append(made, append([]byte{}, each[:]...))
	}
	return made
}
