package sample

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// floorPlan is a real picture, 96 by 64: a hall, a wall, and the blue square.
func floorPlan() string {
	img := image.NewPaletted(image.Rect(0, 0, 96, 64), color.Palette{color.White, color.Black, color.RGBA{B: 200, A: 255}})
	for x := range 96 {
		for y := range 64 {
			switch {
			case x == 0 || y == 0 || x == 95 || y == 63, x == 48 && y > 20:
				img.SetColorIndex(x, y, 1)
			case x > 70 && x < 82 && y > 30 && y < 42:
				img.SetColorIndex(x, y, 2)
			}
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img)
	return b.String()
}
