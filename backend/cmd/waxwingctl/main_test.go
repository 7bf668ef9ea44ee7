package main

import (
	"os"
	"testing"

	"waxwing/backend/mailtest"
)

// asProgram, when set in the environment, makes the test binary be waxwingctl.
const asProgram = "WAXWINGCTL_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	mailtest.Main(m)
}
