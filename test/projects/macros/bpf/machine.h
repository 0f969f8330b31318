/* SPDX-License-Identifier: GPL-2.0-only */
#if defined(BUILD_MACHINE_ARM64)
#define FIRST_ARGUMENT(ctx) ((ctx)->regs[0])
#elif defined(BUILD_MACHINE_AMD64)
#ifdef BUILD_IN_KERNEL
#define FIRST_ARGUMENT(ctx) 0
#else
#define FIRST_ARGUMENT(ctx) ((ctx)->di)
#endif
#else
#error "no machine is chosen"
#endif
