/* SPDX-License-Identifier: MIT
 *
 * It searches an object's dynamic symbol table, where the loader has mapped it.  Every
 * table, and what it points to, is held against the bounds of the mapping.
 */
#include "symbolize.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "dso.h"

struct tables {
    struct dso_map map;
    const ElfW(Sym) * symbols;
    const char *strings;
    size_t string_size;
    const uint32_t *hash;
    const uint32_t *gnu_hash;
};

/* Are there SIZE bytes at POINTER? */
static bool is_inside(const struct dso_map *map, const void *pointer, size_t size)
{
    uintptr_t start = (uintptr_t)pointer;

    return start >= map->start && start <= map->end && size <= map->end - start;
}

/* The loader has added the load address to the dynamic section's pointers, but for
 * architectures and objects where that section is read-only. */
static const void *to_pointer(const struct dso_map *map, uintptr_t value)
{
    const void *as_it_is = (const void *)value;

    return is_inside(map, as_it_is, 1) ? as_it_is : (const void *)(value + map->link->l_addr);
}

static bool read_dynamic(struct tables *tables)
{
    const struct dso_map *map = &tables->map;

    for (const ElfW(Dyn) *entry = map->link->l_ld;
         is_inside(map, entry, sizeof *entry) && entry->d_tag != DT_NULL; entry++) {
        const void *pointer = to_pointer(map, entry->d_un.d_ptr);

        if (entry->d_tag == DT_SYMTAB)
            tables->symbols = pointer;
        else if (entry->d_tag == DT_STRTAB)
            tables->strings = pointer;
        else if (entry->d_tag == DT_STRSZ)
            tables->string_size = entry->d_un.d_val;
        else if (entry->d_tag == DT_HASH)
            tables->hash = pointer;
        else if (entry->d_tag == DT_GNU_HASH)
            tables->gnu_hash = pointer;
    }
    return tables->symbols != NULL && tables->strings != NULL &&
           is_inside(map, tables->strings, tables->string_size);
}

/* The chain of the last bucket that has one ends with the last symbol. */
static size_t count_by_gnu_hash(const struct tables *tables)
{
    const struct dso_map *map = &tables->map;
    const uint32_t *header = tables->gnu_hash; /* buckets, first symbol, bloom words, shift */
    const uint32_t *buckets, *chain;
    uint32_t last = 0;

    if (!is_inside(map, header, 4 * sizeof *header))
        return 0;
    buckets = header + 4 + header[2] * (sizeof(ElfW(Addr)) / sizeof *header);
    if (!is_inside(map, buckets, header[0] * sizeof *buckets))
        return 0;
    for (uint32_t i = 0; i < header[0]; i++)
        if (buckets[i] > last)
            last = buckets[i];
    if (last < header[1])
        return 0;
    chain = buckets + header[0];
    while (is_inside(map, chain + (last - header[1]), sizeof *chain) &&
           !(chain[last - header[1]] & 1))
        last++;
    return (size_t)last + 1;
}

#if defined __s390x__ || defined __alpha__
typedef uint64_t hash_word;
#else
typedef uint32_t hash_word;
#endif

static size_t count_symbols(const struct tables *tables)
{
    const hash_word *hash = (const hash_word *)(const void *)tables->hash;

    if (tables->gnu_hash != NULL)
        return count_by_gnu_hash(tables);
    /* The number of chains, one for each symbol, is the second word. */
    if (hash != NULL && is_inside(&tables->map, hash, 2 * sizeof *hash))
        return hash[1];
    return 0;
}

static bool covers(const ElfW(Sym) * symbol, uintptr_t address)
{
    unsigned type = symbol->st_info & 15; /* ELF32_ST_TYPE and ELF64_ST_TYPE alike */
    uintptr_t start = symbol->st_value;

#ifdef __arm__
    start &= ~(uintptr_t)1; /* Thumb */
#endif
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF &&
           address >= start && address - start < symbol->st_size;
}

bool symbolize_address(const void *address, struct symbol *found)
{
    struct tables tables = {0};
    bool is_found = false;
    uintptr_t where;
    size_t count;

    if (!dso_map((const char *)address - 1, &tables.map) || !read_dynamic(&tables))
        return false;
    where = (uintptr_t)address - 1 - tables.map.link->l_addr;
    count = count_symbols(&tables);
    for (size_t i = 1; i < count; i++) {
        const ElfW(Sym) *symbol = tables.symbols + i;

        if (!is_inside(&tables.map, symbol, sizeof *symbol))
            break;
        if (covers(symbol, where) && symbol->st_name < tables.string_size) {
            found->name = tables.strings + symbol->st_name;
            found->length = strnlen(found->name, tables.string_size - symbol->st_name);
            found->offset = where + 1 - symbol->st_value;
            is_found = true;
            if (found->name[0] != '_') /* write, rather than __write */
                break;
        }
    }
    return is_found;
}
