package policy

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// open opens a file if it, its folder, and both of what they lead to belong to
// administrators, and only these can replace them.
func (o opener) open(path string) (*os.File, *Finding, error) {
	also := ""
	if o.own {
		user, err := windows.GetCurrentProcessToken().GetTokenUser()
		if err != nil {
			return nil, nil, err
		}
		also = user.User.Sid.String()
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, err
	}
	folders := []string{filepath.Dir(path)}
	if real, err := filepath.EvalSymlinks(path); err == nil && filepath.Dir(real) != folders[0] {
		folders = append(folders, filepath.Dir(real))
	}
	for _, folder := range folders {
		file, err := os.Open(folder)
		if err != nil {
			return nil, nil, err
		}
		code, err := judge(file, also, replaceRights)
		_ = file.Close() // nothing was written
		if err != nil || code != "" {
			return nil, refused(code, folder, err), err
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	code, err := judge(file, also, writeRights)
	if info, statErr := file.Stat(); statErr == nil && !info.Mode().IsRegular() {
		code = CodeNotAFile
	}
	if err != nil || code != "" {
		_ = file.Close() // nothing was written
		return nil, refused(code, path, err), err
	}
	return file, nil, nil
}

func refused(code Code, path string, err error) *Finding {
	if err != nil {
		return nil
	}
	f := about(code, path)
	return &f
}

// judge looks at the security descriptor of an open file or folder.
func judge(file *os.File, also string, dangerous uint32) (Code, error) {
	sd, err := windows.GetSecurityInfo(windows.Handle(file.Fd()), windows.SE_FILE_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return "", err
	}
	return judgeDescriptor(sd.String(), also, dangerous), nil
}
