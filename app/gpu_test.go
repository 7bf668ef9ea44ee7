package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wailsapp/wails/v2/pkg/options/linux"
)

func TestGPUPolicy(t *testing.T) {
	folder := t.TempDir()
	nodes := filepath.Join(folder, "renderD*")
	if err := os.WriteFile(filepath.Join(folder, "card0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := gpuPolicy(nodes); got != linux.WebviewGpuPolicyNever {
		t.Errorf("with a card that can't render: %v, want never", got)
	}
	if err := os.WriteFile(filepath.Join(folder, "renderD128"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := gpuPolicy(nodes); got != linux.WebviewGpuPolicyOnDemand {
		t.Errorf("with a card that can: %v, want on demand", got)
	}
}
