// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation that loading the module makes fails once, alone and with all
 * that come after it: it loads or it does not, with an error that says why, and
 * nothing is left of it.  The same for unloading it, which always works.
 *
 * A build of the module with a small stock (PCSTATS_TEST_SMALL_STOCK in
 * module/stock.c), whose thousands of objects would all fail alike.  Some of
 * the allocations, or with PCSTATS_ROUNDS in the environment each of them.
 */
#include <fcntl.h>

#include "insmod.h"
#include "pcstats.h"
#include "starve.h"

#define DEBUGFS "/sys/kernel/debug"
#define LOADED DEBUGFS "/tracing/events/module/module_load/enable"
#define TRACE DEBUGFS "/tracing/trace"
#define MANY 1000000	/* more than a load takes */
#define STEP 16

static const char *module;
static char *image;
static size_t image_size;

static int load(const char *params)
{
	return module_load_image(image, image_size, params);
}

/* Had the kernel all that it needs itself, so that the module's init ran? */
static bool init_ran(void)
{
	static char buf[65536];

	file_read(TRACE, buf, sizeof(buf));
	return strstr(buf, "module_load: pcstats");
}

static int load_starved(unsigned int nth, bool all, unsigned int *left)
{
	int err;

	starve_set(FAILSLAB, all ? 100 : 0);
	starve_set(FAIL_PAGE_ALLOC, all ? 100 : 0);
	starve_nth(nth);
	/* After fail-nth has had its turn all others are asked. */
	starve_self(all);
	err = load("");
	starve_self(false);
	*left = starve_left();
	return err;
}

/* ---- what is left behind ---- */

/* The first trace of the module, which is not loaded; "" if there is none. */
static const char *remains(void)
{
	static const char *const caches[] = {
		"record", "cow", "map", "space", "process",
	};
	static const char *const lists[] = {
		DEBUGFS "/tracing/enabled_functions", DEBUGFS "/kprobes/list",
	};
	static char path[64], buf[65536];
	size_t i;

	if (!access(PCSTATS_PATH, F_OK))
		return PCSTATS_PATH;
	if (!access("/sys/module/pcstats", F_OK))
		return "/sys/module/pcstats";
	for (i = 0; i < sizeof(caches) / sizeof(*caches); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/pcs_%s",
			 caches[i]);
		if (!access(path, F_OK))
			return path;
	}
	/* Hooked functions, and addresses that look for some. */
	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (file_read(lists[i], buf, sizeof(buf)))
			return buf;
	return "";
}

/* Why what is not watched is not: each hook that is off says so. */
static const char *unsaid(void)
{
	struct pcstats_snapshot snap = snapshot();
	static char text[128];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < snap.nr_hooks; i++)
		if (!snap.hooks[i].on && !*snap.hooks[i].reason)
			snprintf(text, sizeof(text), "%s", snap.hooks[i].name);
	if (snap.total.lost)
		snprintf(text, sizeof(text), "lost %llu", snap.total.lost);
	pcstats_free(&snap);
	return text;
}

/* ---- where it failed ---- */

/* The function of the module whose call of the kernel failed; "-": not said. */
static const char *failed_in(int kmsg)
{
	static char name[64];
	char record[2048], *text;
	ssize_t len;

	strcpy(name, "-");
	while ((len = read(kmsg, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		text = strchr(record, ';');
		/* Behind a question mark is what merely lay on the stack. */
		if (!text || strcmp(name, "-") || strchr(text, '?') ||
		    !strstr(text, " [pcstats]"))
			continue;
		if (sscanf(text, "; %63[^+]", name) != 1)
			fail("a call in the log: %s", text);
	}
	if (errno != EAGAIN)
		fail_errno("/dev/kmsg");
	return name;
}

struct place {
	char name[64];
	unsigned int refused, loaded;
};

struct walk {
	unsigned int first, last;
	unsigned int step;
	unsigned int unborn, refused, loaded;
	struct place places[32];
};

static void tell(struct walk *walk, const char *name, bool loaded)
{
	struct place *place = walk->places;

	while (*place->name && strcmp(place->name, name))
		place++;
	if (place == walk->places + 31)
		fail("too many places");
	strcpy(place->name, name);
	place->refused += !loaded;
	place->loaded += loaded;
	walk->refused += !loaded;
	walk->loaded += loaded;
}

/* ---- the walk ---- */

/* What has been allocated when a parameter is refused is not the module's. */
static struct walk walk_make(void)
{
	struct walk walk = { .step = getenv("PCSTATS_ROUNDS") ? 1 : STEP };
	int i, err;

	/* The second time: the first one needs more. */
	for (i = 0; i < 2; i++) {
		starve_nth(MANY);
		err = load("history=many");
		walk.first = MANY - starve_left() + 1;
		if (err != -EINVAL)
			fail("a parameter that is none: %d", err);
		starve_nth(MANY);
		err = load("");
		walk.last = MANY - starve_left();
		if (err || module_unload())
			fail("loading: %d", err);
	}
	return walk;
}

static void walk_on(struct __test_metadata *_metadata, struct walk *walk,
		    bool all, int klog)
{
	const struct place *place;
	unsigned int nth, left;
	int kmsg = klog_open();
	const char *name;
	int err;

	TH_LOG("the %uth to the %uth", walk->first, walk->last);
	for (nth = walk->first; nth <= walk->last; nth += walk->step) {
		/* Whoever opens it so empties it. */
		close(open(TRACE, O_WRONLY | O_TRUNC));
		err = load_starved(nth, all, &left);
		if (err && !init_ran()) {
			/* The kernel complains of its own want of memory. */
			while (*klog_complaint(klog))
				;
			walk->unborn++;
			continue;
		}
		name = failed_in(kmsg);
		tell(walk, name, !err);
		if (err) {
			EXPECT_EQ(-ENOMEM, err) TH_LOG("the %uth", nth);
		} else {
			/* What is not found is not there, but for this. */
			EXPECT_STRNE("pcs_find_function", name);
			EXPECT_STREQ("", unsaid()) TH_LOG("the %uth", nth);
			ASSERT_EQ(0, module_unload());
		}
		EXPECT_STREQ("", remains()) TH_LOG("the %uth", nth);
		EXPECT_STREQ("", starve_complaint(klog));
	}
	for (place = walk->places; *place->name; place++)
		TH_LOG("%s: %u refused, %u loaded", place->name,
		       place->refused, place->loaded);
	TH_LOG("%u before init, %u refused, %u loaded", walk->unborn,
	       walk->refused, walk->loaded);
}

FIXTURE(load) {
	int klog;
};

FIXTURE_VARIANT(load) {
	bool all;
};

FIXTURE_VARIANT_ADD(load, one) { false };
FIXTURE_VARIANT_ADD(load, all) { true };

FIXTURE_SETUP(load)
{
	frame_pin(0);
	self->klog = klog_open();
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, file_write(LOADED, "1"));
	starve_say(!variant->all);
}

FIXTURE_TEARDOWN(load)
{
	EXPECT_EQ(0, file_write(LOADED, "0"));
	starve_end();
	EXPECT_EQ(0, module_load(module, ""));
	EXPECT_STREQ("", starve_complaint(self->klog));
}

TEST_F_TIMEOUT(load, fails, 7200)
{
	struct walk walk = walk_make();

	walk_on(_metadata, &walk, variant->all, self->klog);
	EXPECT_LT(0, walk.refused);
	EXPECT_LT(0, walk.loaded);
}

TEST_F_TIMEOUT(load, unload_works, 200)
{
	unsigned int nth, left;

	for (nth = 1, left = 0; !left; nth++) {
		ASSERT_EQ(0, load(""));
		starve_set(FAILSLAB, variant->all ? 100 : 0);
		starve_set(FAIL_PAGE_ALLOC, variant->all ? 100 : 0);
		starve_nth(nth);
		starve_self(variant->all);
		EXPECT_EQ(0, module_unload()) TH_LOG("the %uth", nth);
		starve_self(false);
		left = starve_left();
		EXPECT_STREQ("", remains()) TH_LOG("the %uth", nth);
	}
	TH_LOG("%u allocations", nth - 2);
}

int main(int argc, char **argv)
{
	frame_begin();
	starve_begin();
	module = module_path("PCSTATS_MODULE");
	image = module_image(module_path("PCSTATS_MODULE_SMALL_STOCK"),
			     &image_size);
	return run_cases(argc, argv);
}
