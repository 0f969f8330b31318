// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel does not have, or nobody could give: each costs the program that needs it. */
#define SEC(name) __attribute__((section(name), used))
char LICENSE[] SEC("license") = "GPL";

extern int CONFIG_NO_SUCH_THING __attribute__((section(".kconfig")));
extern unsigned long long CONFIG_HZ __attribute__((section(".kconfig")));
extern struct { int a; } CONFIG_STRANGE __attribute__((section(".kconfig")));
extern int bpf_no_such_kfunc(int x) __attribute__((section(".ksyms")));
extern int elsewhere(int x);

SEC("tc") int needs_config(void *ctx)
{
	return CONFIG_NO_SUCH_THING;
}

SEC("tc") int needs_strange_config(void *ctx)
{
	return CONFIG_STRANGE.a;
}

SEC("tc") int has_config(void *ctx)
{
	return CONFIG_HZ > 0;
}

SEC("tc") int needs_kfunc(void *ctx)
{
	return bpf_no_such_kfunc(1);
}

SEC("tc") int needs_other_file(void *ctx)
{
	return elsewhere(1);
}

SEC("tc") int needs_nothing(void *ctx)
{
	return 0;
}
