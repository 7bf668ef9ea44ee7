package connect

import (
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// TestWithoutSignIn: a relay that knows its network isn't signed in to, even if it
// offers that.
func TestWithoutSignIn(t *testing.T) {
	t.Parallel()
	for _, offer := range []string{"S: 250 SIZE 1000", "S: 250 AUTH PLAIN"} {
		server := mailtest.NewScript(t, `
			S: 220 ready
			C: EHLO {}
			S: 250-hello
			`+offer+`
			C: MAIL FROM:<desk@waxwing.test>{}
			S: 250 ok
			C: RCPT TO:<desk@waxwing.test>
			S: 250 ok
			C: RSET
			S: 250 ok
		`).Server()
		d := &Dialer{Timeout: 20 * time.Second}
		report := d.Test(t.Context(), "desk@waxwing.test", mail.Server{}, server, Credentials{}, nil)
		if !report.OK {
			t.Errorf("%s: %+v", offer, report)
		}
		for _, s := range report.Steps {
			if s.Name == StepSMTPSignIn && s.State != StepSkipped || s.Name == StepSMTPSend && s.State != StepOK {
				t.Errorf("%s: step %s is %s, %v", offer, s.Name, s.State, s.Problem)
			}
		}
	}
}
