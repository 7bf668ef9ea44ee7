package app

import (
	"path/filepath"

	"github.com/wailsapp/wails/v2/pkg/options/linux"
)

// renderNodes is where Linux shows the graphics cards that programs can use.
const renderNodes = "/dev/dri/renderD*"

// gpuPolicy says when WebKitGTK draws with the graphics card: where there is one,
// when a page asks for it. Always would show a blank window with some drivers.
// Where there is none, in a virtual machine for instance, the processor would play
// one, which costs every start half a second and 90 MB.
func gpuPolicy(nodes string) linux.WebviewGpuPolicy {
	if found, err := filepath.Glob(nodes); err != nil || len(found) == 0 {
		return linux.WebviewGpuPolicyNever
	}
	return linux.WebviewGpuPolicyOnDemand
}
