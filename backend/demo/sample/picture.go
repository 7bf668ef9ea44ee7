package sample

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strconv"
	"strings"
	"sync"
)

// chart draws bars, one for each label=value; labels are left to the text.
func chart(args []string) ([]byte, error) {
	const width, height, margin = 640, 320, 32
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	fill(img, img.Bounds(), color.RGBA{0xfb, 0xfc, 0xfe, 0xff})
	for i := range 5 {
		y := margin + i*(height-2*margin)/4
		fill(img, image.Rect(margin, y, width-margin, y+1), color.RGBA{0xdd, 0xe3, 0xea, 0xff})
	}
	var values []float64
	highest := 1.0
	for _, a := range args[min(1, len(args)):] {
		_, number, _ := strings.Cut(a, "=")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		highest = max(highest, v)
	}
	colors := []color.RGBA{{0x25, 0x63, 0xa8, 0xff}, {0xf0, 0xa2, 0x2e, 0xff}, {0x3a, 0x9d, 0x74, 0xff}, {0xb0, 0x4a, 0x5a, 0xff}}
	for i, v := range values {
		slot := (width - 2*margin) / len(values)
		x := margin + i*slot + slot/6
		h := int(v / highest * float64(height-2*margin))
		fill(img, image.Rect(x, height-margin-h, x+slot*2/3, height-margin), colors[i%len(colors)])
	}
	fill(img, image.Rect(margin, height-margin, width-margin, height-margin+2), color.RGBA{0x44, 0x4d, 0x58, 0xff})
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

func fill(img *image.RGBA, r image.Rectangle, c color.RGBA) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			img.SetRGBA(x, y, c)
		}
	}
}

// painted keeps the photos, which take longest of all the sample mail to make.
var painted sync.Map

// photo is the picture that a seed stands for, as JPEG.
func photo(seed string) ([]byte, error) {
	if data, ok := painted.Load(seed); ok {
		return data.([]byte), nil
	}
	data, err := paint(seed)
	if err == nil {
		painted.Store(seed, data)
	}
	return data, err
}

// paint paints a quay at dusk: sky, water, lamps and their reflections. The
// seed places the lamps and the time of the evening.
func paint(seed string) ([]byte, error) {
	const width, height, horizon = 800, 533, 300
	h := fnv.New32a()
	_, _ = h.Write([]byte(seed)) // never fails
	n := h.Sum32()
	dusk := float64(n%100) / 100
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	var lamps []float64
	for i := range 4 + int(n>>8%4) {
		lamps = append(lamps, float64((i*197+int(n>>16%90))%width))
	}
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, quay(float64(x), float64(y), horizon, dusk, lamps))
		}
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 82})
	return out.Bytes(), err
}

// quay is the colour of a point of the picture.
func quay(x, y, horizon, dusk float64, lamps []float64) color.RGBA {
	depth := math.Abs(y-horizon) / horizon
	r, g, b := 235-150*depth-60*dusk, 150-70*depth-30*dusk, 110+50*depth
	if y > horizon { // water: darker, with slow waves
		wave := 8 * math.Sin(x/23+math.Sin(y/9)*2)
		r, g, b = r*.45+wave, g*.5+wave, b*.7+wave
	}
	for _, lamp := range lamps {
		dx, dy := x-lamp, y-(horizon-70)
		if y > horizon {
			dx, dy = dx*1.2, (y-(horizon+70))*.35
		}
		if far := (dx*dx + dy*dy) / 900; far < 6 {
			glow := 255 * math.Exp(-far)
			r, g, b = r+glow, g+glow*.85, b+glow*.5
		}
		if y < horizon && y > horizon-70 && math.Abs(dx) < 2 { // the post
			r, g, b = 40, 40, 50
		}
	}
	return color.RGBA{clamp(r), clamp(g), clamp(b), 0xff}
}

func clamp(v float64) uint8 { return uint8(min(max(v, 0), 255)) }
