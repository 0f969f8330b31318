// SPDX-License-Identifier: GPL-2.0-only

/**
 * A path as it may stand in what is given to others: as the program's build named it, relative to the workspace where it lies in it. What lies
 * elsewhere on some machine is named without its folders. `folder` is the workspace's, '' if there is none. Pure; knows both kinds of paths.
 */
export function shownPath(file: string, folder: string): string {
  const plain = file.replaceAll('\\', '/');
  const root = folder.replaceAll('\\', '/').replace(/\/+$/, '');
  if (root !== '' && plain.startsWith(`${root}/`)) return plain.slice(root.length + 1);
  const absolute = plain.startsWith('/') || /^[A-Za-z]:\//.test(plain);
  return absolute ? plain.slice(plain.lastIndexOf('/') + 1) : file;
}
