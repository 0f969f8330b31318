// SPDX-License-Identifier: GPL-2.0-only
/** The licence that a program is loaded with, in sentences. */

/** What the program declares. Nothing: libbpf loads it with an empty licence, whatever other files of the program say. */
export function licenceDeclared(license: string): string {
  return license === '' ? 'This object declares no license (it has no section "license").' : `The program's license is "${license}".`;
}

/** What would help. A program of several files declares its licence in one of them. */
export function licenceAdvice(license: string): string {
  const declare = 'char LICENSE[] SEC("license") = "GPL";';
  return license === ''
    ? `Declare it: ${declare} Or, if another file of the program does, verify the files as one: check --link, or Choose the Files of This Program…`
    : `Declare a GPL-compatible license: ${declare}`;
}
