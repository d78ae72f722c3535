// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named mappings: in which files' mappings a task's pages were copied.
 *
 * A task has a short list of them, written by itself alone.  The name is taken
 * at the first copy, when the mapping, and with it the file, cannot go away.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/mm_types.h>

#include "source.h"

static struct pcs_map *new_map(struct pcs_cow *cow, const struct file *file)
{
	struct pcs_map *map = NULL;
	unsigned long flags;
	const char *name;
	int i;

	if (cow->nr_maps == PCS_MAPS_MAX)
		return NULL;
	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	map = pcs_stock_take(PCS_STOCK_map);
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	if (!map)
		return NULL;
	map->key = file_inode(file);
	/* A rename frees the old name after a grace period; as "%pD" does it. */
	name = READ_ONCE(file->f_path.dentry->d_name.name);
	for (i = 0; i < sizeof(map->name) - 1; i++) {
		/* A rename may be changing a short one in its place. */
		map->name[i] = data_race(name[i]);
		if (!map->name[i])
			break;
	}
	map->next = cow->maps;
	/* Readers hold no lock. */
	smp_store_release(&cow->maps, map);
	cow->nr_maps++;
	return map;
}

void pcs_map_copied(struct pcs_cow *cow, const struct vm_area_struct *vma)
{
	const void *key = file_inode(vma->vm_file);
	struct pcs_map *map = cow->maps;

	while (map && map->key != key)
		map = map->next;
	if (!map)
		map = new_map(cow, vma->vm_file);
	if (map)
		WRITE_ONCE(map->copies, map->copies + 1);
}

void pcs_maps_free(struct pcs_map *map)
{
	struct pcs_map *next;

	for (; map; map = next) {
		next = map->next;
		pcs_stock_give(PCS_STOCK_map, map);
	}
}
