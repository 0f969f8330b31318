# SPDX-License-Identifier: GPL-2.0-only
# Functions and references that cannot be read; each costs its program.
	.section	tc,"ax",@progbits
	.globl	no_size
	.type	no_size,@function
no_size:
	r0 = 0
	exit

	.globl	half
	.type	half,@function
half:
	r0 = 0
	exit
	.size	half, 12

	.globl	too_long
	.type	too_long,@function
too_long:
	r0 = 0
	exit
	.size	too_long, 4096

# loads from a section that is none of data
	.globl	strange_data
	.type	strange_data,@function
strange_data:
	r1 = strange ll
	r0 = 0
	exit
	.size	strange_data, .-strange_data

# calls what cannot be read
	.globl	calls_half
	.type	calls_half,@function
calls_half:
	call half_of_text
	exit
	.size	calls_half, .-calls_half

	.globl	calls_whole
	.type	calls_whole,@function
calls_whole:
	call whole_of_text
	exit
	.size	calls_whole, .-calls_whole

	.text
	.type	half_of_text,@function
half_of_text:
	r0 = 1
	exit
	.size	half_of_text, 12

	.type	whole_of_text,@function
whole_of_text:
	r0 = 2
	exit
	.size	whole_of_text, .-whole_of_text

	.section	.strange,"a",@progbits
strange:
	.quad	1

	.section	license,"aw",@progbits
	.asciz	"GPL"
