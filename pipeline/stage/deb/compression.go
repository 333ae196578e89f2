package deb

import (
	"bufio"
	"fmt"
	"io"
	"path"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// maxWindow bounds the memory a decompressor may ask for: the dictionary of xz -9 and the window of zstd --ultra are at most 128 MiB.
const maxWindow = 128 << 20

// decompress opens an archive member by its suffix and stops with ErrLimit after limit bytes. done frees the decompressor.
func decompress(m *member, limit int64) (plain io.Reader, done func(), err error) {
	done = func() {}
	switch suffix := path.Ext(m.name); suffix {
	case ".tar":
		plain = m
	case ".gz":
		plain, err = gzip.NewReader(m)
	case ".xz":
		plain, err = openXZ(m)
	case ".zst":
		var z *zstd.Decoder
		z, err = zstd.NewReader(m, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err == nil {
			plain, done = z, z.Close
		}
	default:
		err = fmt.Errorf("got the compression %q, want .gz, .xz or .zst", suffix)
	}
	if err != nil {
		return nil, done, formatError(m.name, err)
	}
	return &bounded{r: plain, left: limit, limit: limit}, done, nil
}

// openXZ looks at the first block's dictionary size before the decoder allocates it. Later blocks of a stream may ask for more; that
// is left to the hash that pins the package.
func openXZ(r io.Reader) (io.Reader, error) {
	const streamHeader, longestBlockHeader = 12, 1024
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, _ := buffered.Peek(streamHeader + longestBlockHeader)
	if size, ok := dictionary(head); ok && size > maxWindow {
		return nil, fmt.Errorf("%w: the xz dictionary has %d bytes, want at most %d", ErrLimit, size, int64(maxWindow))
	}
	return xz.NewReader(buffered)
}

// dictionary finds the LZMA2 filter in the first block header (xz file format §3.1): header size, flags, two optional sizes as
// variable-length integers, then filters of id, property length and properties.
func dictionary(head []byte) (int64, bool) {
	const streamHeader, lzma2 = 12, 0x21
	if len(head) < streamHeader+2 {
		return 0, false
	}
	flags, rest := head[streamHeader+1], head[streamHeader+2:]
	for _, sizePresent := range []bool{flags&0x40 != 0, flags&0x80 != 0} {
		for more := sizePresent; more; rest = rest[1:] {
			if len(rest) == 0 {
				return 0, false
			}
			more = rest[0]&0x80 != 0
		}
	}
	if len(rest) < 3 || rest[0] != lzma2 || rest[1] != 1 {
		return 0, false
	}
	size, err := lzma.DecodeDictCap(rest[2])
	return size, err == nil
}

// bounded fails instead of ending when there is more than limit.
type bounded struct {
	r           io.Reader
	left, limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		if n, err := b.r.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, fmt.Errorf("%w: it unpacks to more than %d bytes", ErrLimit, b.limit)
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}
