import type { Component } from 'svelte';
import { File, FileArchive, FileImage, FileSpreadsheet, FileText } from '../ui/icons';

/** The icon for a file, by its media type and the ending of its name. */
export function fileIcon(file: {
  type: string;
  name: string;
}): Component<{ size?: number; strokeWidth?: number }> {
  const { type, name } = file;
  if (type.startsWith('image/')) return FileImage;
  if (/\.(zip|gz|7z|tar|rar)$/i.test(name)) return FileArchive;
  if (/\.(csv|xlsx?|ods)$/i.test(name)) return FileSpreadsheet;
  if (type.startsWith('text/') || /\.(pdf|docx?|odt)$/i.test(name)) return FileText;
  return File;
}
