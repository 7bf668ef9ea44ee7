package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// thunderbird measures Thunderbird in a new profile with the account, until its
// mbox file holds all messages.
func (t *bed) thunderbird(b *testing.B, folder string) measure {
	profile, home := filepath.Join(folder, "profile"), filepath.Join(folder, "home")
	for _, f := range []string{profile, home} {
		if err := os.Mkdir(f, 0o700); err != nil {
			b.Fatal(err)
		}
	}
	d := startDisplay(b)
	defer d.stop()
	start := func(args ...string) *tree {
		cmd := exec.Command("thunderbird", append([]string{"--no-remote", "--profile", profile}, args...)...)
		cmd.Env = append(os.Environ(), "HOME="+home, "DISPLAY="+d.name, "GDK_BACKEND=x11", "MOZ_CRASHREPORTER_DISABLE=1")
		return startTree(b, cmd)
	}
	t.keepPassword(b, profile, start)
	write(b, filepath.Join(profile, "prefs.js"), quiet+fmt.Sprintf(thunderbirdAccount,
		t.server.Address(t.user), t.server.IMAP().Host, t.server.IMAP().Port, t.user))
	running := start()
	defer running.stop()
	inbox := mbox{path: filepath.Join(profile, "ImapMail", t.server.IMAP().Host, "INBOX")}
	return running.until(500*time.Millisecond, func() (int64, bool) {
		size, n := inbox.read()
		return size, n == messages
	})
}

// keepPassword lets Thunderbird itself store the password, by its remote
// control, and leaves nothing else of that start in the profile.
func (t *bed) keepPassword(b *testing.B, profile string, start func(...string) *tree) {
	b.Helper()
	port := freePort(b)
	write(b, filepath.Join(profile, "prefs.js"), quiet+fmt.Sprintf("user_pref(\"marionette.port\", %d);\n", port))
	running := start("--marionette", "--remote-allow-system-access")
	defer running.stop()
	m := dialMarionette(b, port)
	m.do("WebDriver:NewSession", map[string]any{})
	m.do("Marionette:SetContext", map[string]any{"value": "chrome"})
	m.do("WebDriver:ExecuteAsyncScript", map[string]any{
		"script": storeLogin, "args": []string{"imap://" + t.server.IMAP().Host, t.user, t.server.Password(t.user)},
	})
	m.do("Marionette:Quit", map[string]any{"flags": []string{"eForceQuit"}})
	select {
	case <-running.ended:
	case <-time.After(time.Minute):
		b.Fatal("Thunderbird doesn't quit")
	}
	kept := map[string]bool{"key4.db": true, "cert9.db": true, "pkcs11.txt": true, "logins.json": true, "logins.db": true}
	files, err := os.ReadDir(profile)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		if kept[f.Name()] {
			continue
		}
		if err := os.RemoveAll(filepath.Join(profile, f.Name())); err != nil {
			b.Fatal(err)
		}
	}
}

const storeLogin = `
const [origin, user, password, done] = arguments;
const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
login.init(origin, null, origin, user, password, "", "");
Services.logins.addLoginAsync(login).then(() => done(true));
`

// quiet keeps Thunderbird from asking, from pages of its own, and from everything
// outside: whatever isn't the mail server goes to a proxy that isn't there.
const quiet = `user_pref("app.update.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("extensions.systemAddon.update.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.safebrowsing.downloads.enabled", false);
user_pref("services.settings.server", "http://127.0.0.1:9");
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.dns.disablePrefetch", true);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("mail.shell.checkDefaultClient", false);
user_pref("mail.spotlight.firstRunDone", true);
user_pref("mail.rights.version", 1);
user_pref("mail.instrumentation.askUser", false);
user_pref("mailnews.start_page.enabled", false);
user_pref("mailnews.start_page_override.mstone", "ignore");
`

// thunderbirdAccount takes the address, host and port of the server, and the user.
const thunderbirdAccount = `user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.accountmanager.defaultaccount", "account1");
user_pref("mail.accountmanager.localfoldersserver", "server2");
user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.identity.id1.useremail", "%[1]s");
user_pref("mail.identity.id1.valid", true);
user_pref("mail.server.server1.type", "imap");
user_pref("mail.server.server1.hostname", "%[2]s");
user_pref("mail.server.server1.port", %[3]d);
user_pref("mail.server.server1.userName", "%[4]s");
user_pref("mail.server.server1.name", "%[4]s");
user_pref("mail.server.server1.socketType", 0);
user_pref("mail.server.server1.authMethod", 3);
user_pref("mail.server.server1.login_at_startup", true);
user_pref("mail.server.server1.offline_download", true);
user_pref("mail.server.server1.autosync_offline_stores", true);
user_pref("mail.server.server1.storeContractID", "@mozilla.org/msgstore/berkeleystore;1");
user_pref("mail.server.server2.type", "none");
user_pref("mail.server.server2.hostname", "Local Folders");
user_pref("mail.server.server2.userName", "nobody");
user_pref("mail.server.server2.name", "Local Folders");
`

// An mbox counts the messages in a file that grows: lines that begin with
// "From ", which a message's own never do in there.
type mbox struct {
	path string
	size int64
	n    int
	tail []byte // end of what was read, which may be the beginning of such a line
}

const separator = "\nFrom "

// read reads what is new. A file that isn't there yet has no messages.
func (m *mbox) read() (size int64, n int) {
	f, err := os.Open(m.path)
	if err != nil {
		return 0, 0
	}
	defer func() { _ = f.Close() }()
	fresh, err := io.ReadAll(io.NewSectionReader(f, m.size, 1<<40))
	if err != nil {
		return m.size, m.n
	}
	if m.size == 0 {
		m.tail = []byte{'\n'}
	}
	m.size += int64(len(fresh))
	text := append(m.tail, fresh...)
	m.n += bytes.Count(text, []byte(separator))
	m.tail = bytes.Clone(text[max(0, len(text)-len(separator)+1):])
	return m.size, m.n
}
