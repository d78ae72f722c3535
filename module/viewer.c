// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may see which task: what the reader's own /proc would show.
 *
 * A file may be handed on, and may be opened through somebody else's mount of
 * proc.  So a task is shown only if all who are involved could see it: the
 * mount that the file was opened through, the opener (a privileged program
 * must not be tricked into reading for another) and the reader.
 *
 * Under hidepid proc asks ptrace_may_access(PTRACE_MODE_READ_FSCREDS), which
 * is not exported.  The rule here is __ptrace_may_access()'s of kernel/ptrace.c
 * and cap_ptrace_access_check()'s of security/commoncap.c (6.1, 6.12) without
 * other security modules' say: Yama has none in reads.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include "compat.h"
#include "show.h"

void pcs_viewer_init(struct pcs_viewer *viewer, struct file *file)
{
	viewer->file = file;
	viewer->ns = get_pid_ns(task_active_pid_ns(current));
	viewer->fs = proc_sb_info(file_inode(file)->i_sb);
	viewer->last_cred = NULL;
	viewer->last_ns = NULL;
}

static void forget_last(struct pcs_viewer *viewer)
{
	if (!viewer->last_cred)
		return;
	put_cred(viewer->last_cred);
	put_pid_ns(viewer->last_ns);
}

void pcs_viewer_exit(struct pcs_viewer *viewer)
{
	put_pid_ns(viewer->ns);
	forget_last(viewer);
}

/* Of all that may_read() and has_cap() below ask of a reader. */
static bool same_rights(const struct cred *a, const struct cred *b)
{
	return !cred_fscmp(a, b) && uid_eq(a->euid, b->euid) &&
	       a->user_ns == b->user_ns &&
	       !memcmp(&a->cap_effective, &b->cap_effective,
		       sizeof(a->cap_effective));
}

bool pcs_viewer_is_new(struct pcs_viewer *viewer)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	const struct cred *cred = current_cred();

	if (viewer->last_cred == cred && viewer->last_ns == ns)
		return false;
	if (viewer->last_cred && viewer->last_ns == ns &&
	    same_rights(viewer->last_cred, cred))
		return false;
	forget_last(viewer);
	viewer->last_cred = get_cred(cred);
	viewer->last_ns = get_pid_ns(ns);
	return true;
}

static bool ns_contains(const struct pid_namespace *outer,
			const struct pid_namespace *ns)
{
	while (ns->level > outer->level)
		ns = ns->parent;
	return ns == outer;
}

static struct pid_namespace *inner_ns(struct pid_namespace *a,
				      struct pid_namespace *b)
{
	if (!a || !b)
		return NULL;
	if (ns_contains(a, b))
		return b;
	return ns_contains(b, a) ? a : NULL;
}

struct pid_namespace *pcs_viewer_ns(const struct pcs_viewer *viewer)
{
	struct pid_namespace *ns = inner_ns(viewer->fs->pid_ns, viewer->ns);

	return inner_ns(ns, task_active_pid_ns(current));
}

/* ---- hidepid ---- */

/* One of those who must be able to see a task: the opener or the reader. */
struct judge {
	const struct cred *cred;
	const struct file *file;	/* the opener's; NULL for current */
};

static bool has_cap(const struct judge *judge, struct user_namespace *ns)
{
	return judge->file ? file_ns_capable(judge->file, ns, CAP_SYS_PTRACE) :
			     ns_capable_noaudit(ns, CAP_SYS_PTRACE);
}

static bool in_group(const struct judge *judge, kgid_t gid)
{
	const struct group_info *groups = judge->cred->group_info;
	int i;

	if (!judge->file)
		return in_group_p(gid);
	if (gid_eq(judge->cred->fsgid, gid))
		return true;
	for (i = 0; i < groups->ngroups; i++)
		if (gid_eq(groups->gid[i], gid))
			return true;
	return false;
}

/* Has the task no capability that @cred has not? */
static bool has_no_more(const struct cred *seen, const struct cred *cred)
{
	return seen->user_ns == cred->user_ns &&
	       cap_issubset(seen->cap_permitted, cred->cap_effective);
}

/* @seen: the task's credentials; @mm_ns: whose capability is good for its mm. */
static bool may_read(const struct judge *judge, const struct cred *seen,
		     bool dumpable, struct user_namespace *mm_ns)
{
	kuid_t uid = judge->cred->fsuid;
	kgid_t gid = judge->cred->fsgid;
	bool same = uid_eq(uid, seen->euid) && uid_eq(uid, seen->suid) &&
		    uid_eq(uid, seen->uid) && gid_eq(gid, seen->egid) &&
		    gid_eq(gid, seen->sgid) && gid_eq(gid, seen->gid);

	if (!(same && has_no_more(seen, judge->cred)) &&
	    !has_cap(judge, seen->user_ns))
		return false;
	return dumpable || has_cap(judge, mm_ns);
}

static bool may_see(const struct pcs_viewer *viewer, enum proc_hidepid hide,
		    const struct judge *judge, const struct cred *seen,
		    bool dumpable, struct user_namespace *mm_ns)
{
	if (hide == HIDEPID_OFF)
		return true;
	if (hide != HIDEPID_NOT_PTRACEABLE &&
	    in_group(judge, viewer->fs->pid_gid))
		return true;
	return may_read(judge, seen, dumpable, mm_ns);
}

static bool all_may_see(const struct pcs_viewer *viewer, enum proc_hidepid hide,
			const struct cred *seen, bool dumpable,
			struct user_namespace *mm_ns, bool own)
{
	struct judge reader = { .cred = current_cred() };
	struct judge opener = { .cred = viewer->file->f_cred,
				.file = viewer->file };

	if (!own && !may_see(viewer, hide, &reader, seen, dumpable, mm_ns))
		return false;
	return opener.cred == reader.cred ||
	       may_see(viewer, hide, &opener, seen, dumpable, mm_ns);
}

static bool all_may_see_task(const struct pcs_viewer *viewer,
			     enum proc_hidepid hide, struct task_struct *task)
{
	struct user_namespace *mm_ns = &init_user_ns;
	bool dumpable, seen;

	if (hide == HIDEPID_OFF)
		return true;

	/* task_lock keeps the mm; RCU the credentials. */
	rcu_read_lock();
	task_lock(task);
	if (task->mm) {
		dumpable = get_dumpable(task->mm) == SUID_DUMP_USER;
		mm_ns = task->mm->user_ns;
	} else {
		dumpable = compat_user_dumpable(task);
	}
	seen = all_may_see(viewer, hide, __task_cred(task), dumpable, mm_ns,
			   same_thread_group(task, current));
	task_unlock(task);
	rcu_read_unlock();
	return seen;
}

bool pcs_viewer_sees_task(const struct pcs_viewer *viewer,
			  struct task_struct *task)
{
	return all_may_see_task(viewer, READ_ONCE(viewer->fs->hide_pid), task);
}

/* That nothing is hidden from @judge: a group's right, or a capability. */
static bool hides_none(const struct pcs_viewer *viewer, enum proc_hidepid hide,
		       const struct judge *judge)
{
	if (hide != HIDEPID_NOT_PTRACEABLE &&
	    in_group(judge, viewer->fs->pid_gid))
		return true;
	return has_cap(judge, &init_user_ns);
}

bool pcs_viewer_sees_all(const struct pcs_viewer *viewer,
			 const struct pid_namespace *shown,
			 const struct pid_namespace *ns)
{
	const enum proc_hidepid hide = READ_ONCE(viewer->fs->hide_pid);
	struct judge reader = { .cred = current_cred() };
	struct judge opener = { .cred = viewer->file->f_cred,
				.file = viewer->file };

	if (!shown || !ns_contains(shown, ns))
		return false;
	return hide == HIDEPID_OFF || (hides_none(viewer, hide, &reader) &&
				       hides_none(viewer, hide, &opener));
}

bool pcs_viewer_may_count(const struct pcs_viewer *viewer,
			  struct task_struct *task)
{
	return all_may_see_task(viewer, HIDEPID_NOT_PTRACEABLE, task);
}

bool pcs_viewer_sees_exited(const struct pcs_viewer *viewer,
			    const struct pcs_exit *exit)
{
	return all_may_see(viewer, READ_ONCE(viewer->fs->hide_pid), exit->cred,
			   exit->dumpable, &init_user_ns, false);
}

struct task_struct *
pcs_viewer_next_task(const struct pcs_viewer *viewer, struct pid_namespace *ns,
		     pcs_wanted_fn wanted, pid_t *nr)
{
	struct task_struct *task;
	struct pid *pid;

	for (;; (*nr)++) {
		rcu_read_lock();
		pid = find_ge_pid(*nr, ns);
		if (!pid) {
			rcu_read_unlock();
			return NULL;
		}
		*nr = pid_nr_ns(pid, ns);
		task = pid_task(pid, PIDTYPE_PID);
		if (task && wanted && !wanted(pcs_record_find(task)))
			task = NULL;
		if (task)
			get_task_struct(task);
		rcu_read_unlock();

		if (task && pcs_viewer_sees_task(viewer, task))
			return task;
		if (task)
			put_task_struct(task);
		cond_resched();
	}
}
