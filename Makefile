# SPDX-License-Identifier: GPL-2.0-only

KERNELS := $(shell awk '$$5 == "yes" { print $$1 }' vm/kernels)
KERNEL ?= $(firstword $(KERNELS))

.PHONY: help
help:
	@echo 'make demo       what the kernel does when workloads create processes, predicted and counted'
	@echo 'make labs       claims about processes and threads as experiments, each held against an expected verdict'
	@echo 'make report     the same, and build/report/index.html about them, a page with pictures'
	@echo 'make shell      a shell in a throwaway VM with pcstats loaded'
	@echo 'make module     build/$(KERNEL)/pcstats.ko'
	@echo 'make userspace  the pcstats command and the workloads, in build/userspace'
	@echo 'make test       unit tests, tests of the VM harness; on $(KERNELS) kselftests and tests of the command'
	@echo 'make test-long  the races of $(LONG_TESTS) 1000 times or ROUNDS=N, on $(KERNEL): hours without KVM'
	@echo 'make trinity    100000 system calls, or CALLS=N, at random around the module, and on its file; on $(KERNEL)'
	@echo 'make test-debug the kselftests on $(filter-out --,$(DEBUG_KERNELS)), built if need be: hours'
	@echo 'make debug-kernels the kernels debug and race, of $(KERNELS), from the newest source: an hour'
	@echo 'make test-vm    the tests of the VM harness with 1 GiB of data, 100 runs at once, each exit status'
	@echo 'make test-arm64 the same claims on Debian'"'"'s arm64 kernel, emulated; fetches a cross compiler'
	@echo 'make coverage   which lines of the module never run in the selftests, on the debug kernel, and why'
	@echo 'make bench-vm   how long it takes to start a VM, and beside it the way of virtme-ng'
	@echo 'make bench      what pcstats adds to page faults and creations, in instructions, and what other tools add,'
	@echo '                on $(KERNELS); TOOLS=none or names from userspace/bench/tools'
	@echo 'make bench-compare the last run of that against the accepted one'
	@echo 'make report-check the page, in headless Chromium: size, contrast, pictures, no network'
	@echo 'make verify     a mixed load, and each tally held against the kernel'"'"'s own counters, on $(KERNELS)'
	@echo 'make stress     the same counters after each minute of an hour, or MINUTES=N, of stress-ng; memory, log, unload'
	@echo 'make check      the sources: compiler warnings, sanitizers, sparse, checkpatch, shellcheck, cppcheck'
	@echo 'make fuzz       the parsers, fed with what nobody would write, for a minute or SECONDS=N'
	@echo 'make install    the command, its man pages and completion below PREFIX (/usr/local)'
	@echo 'make clean      remove build/; what was downloaded stays in ~/.cache/pcstats'
	@echo
	@echo 'demo, labs, report, shell, module, test-debug, test-long, verify, stress and coverage take KERNEL=NAME, a name'
	@echo 'from vm/kernels (default $(KERNEL)).'
	@echo 'Any command in a VM: vm/run --help. By hand: demo, shell and test install missing'
	@echo 'Debian packages (QEMU, compiler) by apt-get, as root or through sudo.'

include vm/Makefile

.PHONY: demo
demo: setup-vm module userspace
	@vm/run -k $(KERNEL) -- build/userspace/demo
	@echo
	@vm/setup gnuplot-nox python3
	@userspace/report/run --short $(KERNEL)

.PHONY: labs
labs: setup-vm module userspace
	@vm/setup python3
	@userspace/labs/run $(KERNEL)

.PHONY: report
report: setup-vm module userspace
	@vm/setup gnuplot-nox python3
	@userspace/report/run $(KERNEL)

.PHONY: report-check
report-check: setup-userspace
	@vm/setup gnuplot-nox tidy chromium
	@$(MAKE) -s -C userspace/report
	@userspace/tests/run userspace/tests/data userspace/report/check

# A shell's status is that of its last command: no failure of ours, unlike 125.
.PHONY: shell
shell: setup-vm module userspace
	@vm/run -k $(KERNEL) || [ $$? -ne 125 ]

.PHONY: module
module: setup-module
	@vm/module $(KERNEL) build/$(KERNEL)

.PHONY: userspace
userspace: setup-userspace
	@$(MAKE) -s -C userspace all

# The two kernels' VMs run at once: while one boots or waits, the other computes; the labs that judge times come when
# these are done. Several of the suites need what userspace builds: each would build it again.
.PHONY: test
test: setup-verify userspace
	@.ci/suites build/test \
		unit '$(MAKE) -s -C userspace test' \
		harness 'vm/tests/run' \
		command 'userspace/tests/run_guest $(firstword $(KERNELS))' \
		$(foreach k,$(wordlist 2,9,$(KERNELS)),command-$(k) 'userspace/tests/run_guest -s $(k)') \
		verify 'userspace/verify/run --short $(KERNELS)' \
		$(foreach k,$(KERNELS),selftests-$(k) 'selftests/run $(k)') \
		-- labs 'env JUDGES=times userspace/tests/run_guest $(firstword $(KERNELS)) lab'

# What make test does a few times.
LONG_TESTS := race_storm race_pid_max race_hotplug race_unload race_tracers load starve_oom

.PHONY: test-long
test-long: setup-module
	@PCSTATS_ROUNDS=$(or $(ROUNDS),1000) selftests/run $(KERNEL) $(LONG_TESTS)

# Around the module by trinity, and on the file by our own test, of which make test has some; from SEED=N.
.PHONY: trinity
trinity: setup-module
	@PCSTATS_FUZZ_CALLS=$(or $(CALLS),100000) PCSTATS_FUZZ_SEED=$(or $(SEED),1) \
		selftests/run $(KERNEL) fuzz
	@selftests/trinity $(KERNEL) $(or $(CALLS),100000) $(or $(SEED),1)

# For vm/run -k debug or race, which build them as well, one by one.
.PHONY: debug-kernels
debug-kernels: setup-vm
	@$(foreach k,$(KERNELS),vm/kernel_built --newest debug@$(k) && vm/kernel_built --newest race@$(k) &&) :

# The selftests where a fault shows that would pass unnoticed on a stock kernel; one that is not there is built first.
# Two kernels at once, or one by KERNEL=NAME.
DEBUG_KERNELS := $(KERNELS:%=debug@%) -- $(KERNELS:%=race@%) -- $(KERNELS:=-rt)
TEST_DEBUG = $(if $(filter file,$(origin KERNEL)),$(DEBUG_KERNELS),$(KERNEL))

.PHONY: test-debug
test-debug: setup-vm setup-userspace
	@for kernel in $(filter-out --,$(TEST_DEBUG)); do vm/kernel $$kernel >/dev/null || exit; done
	@.ci/suites build/test-debug $(foreach k,$(TEST_DEBUG),$(if $(filter --,$(k)),--,selftests-$(k) 'selftests/run $(k)'))

# What takes too long for make test, too.
.PHONY: test-vm
test-vm: setup-vm
	@LONG=yes vm/tests/run

# What a cross compiler, another QEMU and another kernel are fetched for. Not all of the tests: those of creation,
# sharing and copy-on-write of base pages; the others by selftests/run $(ARM64) NAME...
ARM64 := 6.1@arm64
ARM64_TESTS := klog_check create failed_creation exec columns kthread mm_id sharing fork_cost totals exited survivors \
	born creator cow_copied cow_reused cow_zeroed cow_file cow_file_exe cow_exclusive cow_shared cow_none \
	cow_unshare cow_ksm cow_swap cow_pin cow_uffd cow_why cow_where cow_map cow_fork cow_sums load

.PHONY: test-arm64
test-arm64: setup-module
	@.ci/suites build/test-arm64 arm64 'vm/tests/arm64 $(ARM64)' \
		selftests-arm64 'selftests/run $(ARM64) $(ARM64_TESTS)'

.PHONY: coverage
coverage: setup-vm
	@selftests/coverage debug@$(KERNEL)

.PHONY: bench-vm
bench-vm: setup-vm
	@vm/setup python3
	@vm/bench

.PHONY: bench
bench: setup-vm
	@vm/setup bpftrace linux-perf trace-cmd forkstat
	@$(MAKE) -s -C userspace/bench
	@BENCH_TASKS='$(TASKS)' BENCH_MEMORY=$(MEMORY) userspace/bench/run $(TOOLS:%=-t %) \
		$(if $(filter file,$(origin KERNEL)),$(KERNELS),$(KERNEL))

.PHONY: bench-compare
bench-compare:
	@userspace/bench/compare userspace/bench/accepted build/bench

# What the load is made of.
.PHONY: setup-verify
setup-verify: setup-vm setup-userspace
	@vm/setup stress-ng python3 python3-jsonschema strace mandoc bash-completion tmux gdb trace-cmd

# On all kernels, unless one is named.
.PHONY: verify
verify: setup-verify
	@userspace/verify/run $(if $(filter file,$(origin KERNEL)),$(KERNELS),$(KERNEL))

.PHONY: stress
stress: setup-verify
	@userspace/verify/stress $(or $(MINUTES),60) $(KERNEL)

.PHONY: check
check: setup-module setup-userspace
	@.ci/check

.PHONY: fuzz
fuzz: setup-userspace
	@vm/setup clang libclang-rt-14-dev
	@userspace/fuzz/run $(or $(SECONDS),60)

# Not the module: nothing here loads it into the machine it is started on.
.PHONY: install
install: userspace
	@$(MAKE) -s -C userspace install

.PHONY: clean
clean:
	rm -rf build
