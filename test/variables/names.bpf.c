// SPDX-License-Identifier: GPL-2.0-only
/* C variables in registers and on the stack: parameters, locals, an inlined function's, a static function's, one in two places. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))

struct sk_buff_like {
	u32 len;
	u32 pkt_type;
	u32 mark;
};

struct key {
	u32 mark;
	u32 kind;
};

struct {
	int (*type)[1];
	struct key *key;
	u64 *value;
	int (*max_entries)[16];
} counts SEC(".maps");

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static u64 (*ktime)(void) = (void *)5;
static u32 (*random_u32)(void) = (void *)7;

static inline __attribute__((always_inline)) u64 scaled(u64 nanoseconds, u32 shift)
{
	u64 micro = nanoseconds >> shift;

	return micro + 1;
}

static __attribute__((noinline)) u64 mixed(u64 seed, u32 rounds)
{
	u64 hash = seed;

	for (u32 i = 0; i < rounds; i++)
		hash = (hash << 5) ^ random_u32();
	return hash;
}

/* two variables in one slot, an array over three, and addresses of them */
SEC("tc")
int on_stack(struct sk_buff_like *skb)
{
	u32 left = skb->mark, right = skb->len;
	u64 table[3] = { 1, ktime(), 3 };

	__asm__ volatile("" : : "r"(&left), "r"(&right), "r"(table) : "memory");
	return left + right + table[skb->len % 3 == 1];
}

SEC("tc")
int named(struct sk_buff_like *skb)
{
	struct key wanted = { .mark = skb->mark, .kind = skb->pkt_type };
	u64 began = ktime();
	u64 *count = map_lookup(&counts, &wanted);

	if (!count)
		return 0;
	u32 length = skb->len;
	*count += scaled(began, length & 7);
	return (int)(mixed(began, length & 3) ^ began ^ skb->mark ^ wanted.kind);
}

char LICENSE[] SEC("license") = "GPL";
