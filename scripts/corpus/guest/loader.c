// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the running kernel's verifier about each program of BPF objects, one at a time, and prints a JSON object a line: what it is, whether
 * it was loaded, errno, and the verifier's log. Nothing is attached or run.
 * usage: loader [-l LOG_LEVEL] FILE.o...
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_BYTES = 16 << 20 };

static char log_text[LOG_BYTES];

static void print_string(const char *text)
{
	putchar('"');
	for (const unsigned char *c = (const unsigned char *)text; *c != 0; c++) {
		if (*c == '"' || *c == '\\')
			printf("\\%c", *c);
		else if (*c == '\n')
			printf("\\n");
		else if (*c < 0x20 || *c >= 0x7f)
			printf("\\u%04x", *c);
		else
			putchar(*c);
	}
	putchar('"');
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static void print_head(const char *file, const char *program)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s", file);
	printf("{\"object\":");
	print_string(basename(path));
	printf(",\"program\":");
	print_string(program);
}

/* Loads the program number `wanted` of an object alone; false when there is none. */
static int ask(const char *file, int wanted, int log_level)
{
	struct bpf_object *object = bpf_object__open_file(file, NULL);
	struct bpf_program *program, *chosen = NULL;
	int at = 0, error;

	if (object == NULL) {
		error = errno;
		if (wanted > 0)
			return 0;
		print_head(file, "");
		printf(",\"loaded\":false,\"errno\":%d,\"opened\":false,\"log\":\"\"}\n", error);
		return 0;
	}
	bpf_object__for_each_program(program, object) {
		bpf_program__set_autoload(program, at == wanted);
		if (at++ == wanted)
			chosen = program;
	}
	if (chosen == NULL) {
		bpf_object__close(object);
		return 0;
	}
	log_text[0] = 0;
	bpf_program__set_log_buf(chosen, log_text, sizeof(log_text));
	bpf_program__set_log_level(chosen, log_level);
	error = bpf_object__load(object);
	print_head(file, bpf_program__name(chosen));
	printf(",\"section\":");
	print_string(bpf_program__section_name(chosen));
	printf(",\"prog_flags\":%u,\"loaded\":%s,\"errno\":%d,\"opened\":true,\"log\":", bpf_program__flags(chosen), error == 0 ? "true" : "false",
	       error < 0 ? -error : 0);
	print_string(log_text);
	printf("}\n");
	fflush(stdout);
	bpf_object__close(object);
	return 1;
}

int main(int argc, char **argv)
{
	int first = 1, log_level = 5;

	if (argc > 2 && strcmp(argv[1], "-l") == 0) {
		log_level = atoi(argv[2]);
		first = 3;
	}
	libbpf_set_print(silent);
	for (int i = first; i < argc; i++)
		for (int wanted = 0; ask(argv[i], wanted, log_level); wanted++)
			;
	return 0;
}
