// SPDX-License-Identifier: GPL-2.0-only
/** The help, from the tables of options. */
import { usageOf } from './args';
import { CHECK } from './check-options';
import { COMPARE } from './compare-options';
import { KERNEL_ADD } from './kernel';
import { LOADS_ON } from './loads-on-options';
import { COMMON } from './options';

export const USAGE = `usage: bpf-context check [options] FILE...
       bpf-context compare --policies A,B[,...] [options] FILE...
       bpf-context compare --kernels A,B[,...] [options] FILE...
       bpf-context loads-on [--kernels A,B[,...]] [--floor KERNEL] [options] FILE...
       bpf-context kernel list
       bpf-context kernel add --source DIR --btf DIR [--config FILE] --out DIR
       bpf-context vmlinux-h [--kernel KERNEL] [--kernel-btf PATH]

FILE is an ELF object with BPF programs, or C (.c) or BPF assembly (.s, .S), which clang compiles.

check verifies as the kernel would that --kernel names.

${usageOf(CHECK)}

exit status: 0 all accepted, 1 something rejected, 2 bad usage, unreadable input or unwritable output, 3 something unknown,
             141 the reader of the output went away

compare verifies under each policy, or as each kernel, and says where the others differ from the first, and which rule makes the difference.

${usageOf(COMPARE)}

exit status of compare: 0 no verdict differs, 1 one does, 2, 3 and 141 as above

loads-on says on which kernels each program loads, what stops it and what to use instead.

${usageOf(LOADS_ON)}

exit status of loads-on: 0 all load on the floor, 1 some do not, 2, 3 and 141 as above

All three take (loads-on but --kernel, --kernel-btf and --target-kernel):

${usageOf(COMMON)}

kernel list says which kernels there are; kernel add makes another, as a folder for --kernel:

${usageOf(KERNEL_ADD)}

vmlinux-h writes vmlinux.h, the kernel's types as C, to the standard output.

--help and --version print this and the version.
`;
