// SPDX-License-Identifier: GPL-2.0-only

export const USAGE = `usage: bpf-context check [options] FILE...
       bpf-context compare --policies A,B[,...] [options] FILE...
       bpf-context vmlinux-h [--kernel-btf FILE]

FILE is an ELF object with BPF programs, or C (.c) or BPF assembly (.s, .S), which clang compiles.

  --program NAME        only this program
  --policy NAME         context regime: linux-7.3 (default), forbid-sleep, forbid-fault, forbid-fault-sound, acquire-lock,
                        context-classes, or a file NAME.bpf-policy.json
  --link                all FILEs are parts of one program: linked in this order, as bpftool gen object links them
  --set NAME=VALUE      value of a constant (const volatile), or of a part of one (config.port, ports[3]), that the loader sets; any: all
                        values are verified; may be repeated
  --type PROG=SECTION   type of a program, as a section name stands for it (xdp, fentry.s); may be repeated
  --attach PROG=TARGET  what a program is attached to; may be repeated
  --no-load-file        leave NAME.bpf-load.json beside FILE aside, which holds the same for good
  --target-kernel REL   kernel release that the programs are meant for (e.g. 6.12): decides which hazards are told
  --overlay FILE        kfunc annotations (JSON) on top of kernel and policy; may be repeated
  --format FORMAT       text (default), jsonl (one object a program), json, markdown
  --log-level N         0 (default), 1, 2 or 4; 1, 2 and 4 add up
  --log-dir DIR         one kernel-format log a program
  --graph FORMAT        json or dot: the context graphs instead of verdicts
  --dump-insns DIR      relocated instructions, 8 bytes each, one file a program
  --jobs N              workers (default: all cores)
  --timeout S           seconds of CPU time that an object may take, all its programs together (default 60; 0: no limit)
  --timeout-each        the limit is one of each program
  --memory MB           memory that each worker may use (default 4096)
  --unprivileged        verify as for a loader without capabilities
  --kernel-btf FILE     another BTF instead of the one of Linux 7.3.4
  --clang PATH          clang for source files (default: from the PATH)
  --no-build-files      don't read Makefiles, compile_commands.json and the like to find out how a source is compiled
  --how                 say how each source is compiled, on the standard error
  --clang-arg ARG       further argument for clang; may be repeated

exit status: 0 all accepted, 1 something rejected, 2 bad usage, unreadable input or unwritable output, 3 something unknown,
             141 the reader of the output went away

compare verifies under each policy and says where the others differ from the first, and which rule makes the difference.

  --policies A,B[,...]  two or more names or policy files
  --format FORMAT       text (default), jsonl (one object a program), markdown
  --all                 also list what changes without changing the verdict
  --program, --overlay, --target-kernel, --jobs, --timeout, --timeout-each, --memory, --unprivileged, --kernel-btf,
  --clang, --clang-arg, --link, --set, --type, --attach, --no-load-file as above

exit status of compare: 0 no verdict differs, 1 one does, 2, 3 and 141 as above

--help and --version print this and the version.

vmlinux-h writes vmlinux.h, the kernel's types as C, to the standard output.
`;
