/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
#define SCX_EXIT_LENGTH 128
