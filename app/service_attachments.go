package app

import (
	"os"
	"path/filepath"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"waxwing/backend/mail"
	"waxwing/backend/message"
)

// SaveAttachment asks where to save an attachment and returns the path, empty
// when the person cancelled.
func (s *Mail) SaveAttachment(id, part string) (string, error) {
	name, content, err := s.attachment(id, part)
	if err != nil {
		return "", err
	}
	path, err := runtime.SaveFileDialog(s.shell.window(), runtime.SaveDialogOptions{
		DefaultFilename: name, CanCreateDirectories: true,
	})
	if err != nil || path == "" {
		return "", err
	}
	return path, writeDownload(path, content)
}

// SaveAllAttachments asks for a folder, saves every attachment of the message
// into it, and returns the folder, empty when the person cancelled. Nothing
// that is there already is overwritten.
func (s *Mail) SaveAllAttachments(id string) (string, error) {
	raw, _, err := s.raw(id)
	if err != nil {
		return "", err
	}
	folder, err := runtime.OpenDirectoryDialog(s.shell.window(), runtime.OpenDialogOptions{CanCreateDirectories: true})
	if err != nil || folder == "" {
		return "", err
	}
	for _, a := range message.Parse(raw).Attachments {
		_, content, err := message.PartContent(raw, a.Part, false)
		if err != nil {
			return "", err
		}
		if err := writeDownload(freePath(folder, a.Name), content); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// SaveOriginal asks where to save the message as it came and returns the path,
// empty when the person cancelled.
func (s *Mail) SaveOriginal(id string) (string, error) {
	raw, _, err := s.raw(id)
	if err != nil {
		return "", err
	}
	path, err := runtime.SaveFileDialog(s.shell.window(), runtime.SaveDialogOptions{
		DefaultFilename: message.OriginalName(message.Content(raw).Subject), CanCreateDirectories: true,
	})
	if err != nil || path == "" {
		return "", err
	}
	return path, writeDownload(path, raw)
}

// OpenAttachment opens an attachment with the program that the system has for
// it, from a private temporary copy. CodeUnsafeAttachment means that it is a
// program itself, or could run one: such a file can be saved, not opened.
func (s *Mail) OpenAttachment(id, part string) error {
	name, content, err := s.attachment(id, part)
	if err != nil {
		return err
	}
	if runsCode(name) {
		return &mail.Error{Code: mail.CodeUnsafeAttachment, Args: map[string]string{"name": name}}
	}
	folder, err := os.MkdirTemp(s.shell.temporary(), "open-")
	if err != nil {
		return err
	}
	path := filepath.Join(folder, name)
	if err := writeDownload(path, content); err != nil {
		return err
	}
	return openFile(path)
}

// attachment returns an attachment's safe name and its content.
func (s *Mail) attachment(id, part string) (name string, content []byte, err error) {
	raw, _, err := s.raw(id)
	if err != nil {
		return "", nil, err
	}
	return attachmentOf(raw, part)
}

// attachmentOf finds an attachment in a raw message.
func attachmentOf(raw []byte, part string) (name string, content []byte, err error) {
	for _, a := range message.Parse(raw).Attachments {
		if a.Part == part {
			_, content, err = message.PartContent(raw, part, false)
			return a.Name, content, err
		}
	}
	return "", nil, &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"id": part}}
}
