/* SPDX-License-Identifier: MIT
 *
 * HTTP/1.1: files, by connections that stay, up to four requests at a time.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "talk.h"

enum { FILES = 32, TOGETHER = 4 };

static struct file {
    char name[64];
    char *data;
    size_t size;
} files[FILES];
static unsigned file_count;

static bool load(const char *directory, const char *name)
{
    struct file *file = &files[file_count];
    char path[4096];
    FILE *in;
    long size;

    snprintf(file->name, sizeof file->name, "%s", name);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    in = fopen(path, "r");
    if (in == NULL || fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0)
        return false;
    rewind(in);
    file->size = (size_t)size;
    file->data = malloc(file->size + 1);
    if (file->data == NULL || fread(file->data, 1, file->size, in) != file->size)
        return false;
    file_count++;
    return fclose(in) == 0;
}

bool http_prepare(const char *directory)
{
    DIR *entries = opendir(directory);
    struct dirent *entry;
    bool all_well = entries != NULL;

    while (all_well && file_count < FILES && (entry = readdir(entries)) != NULL)
        all_well = entry->d_name[0] == '.' || load(directory, entry->d_name);
    if (entries != NULL)
        closedir(entries);
    if (!all_well || file_count == 0)
        fprintf(stderr, "load: %s: no files to compare with\n", directory);
    return all_well && file_count > 0;
}

static bool is_answer(struct peer *peer, const struct file *file)
{
    char line[1024];
    long long length = -1;

    if (!peer_line(peer, line, sizeof line))
        return false;
    if (strncmp(line, "HTTP/1.1 200 ", 13) != 0) {
        fprintf(stderr, "load: %s: answered by %s\n", file->name, line);
        return false;
    }
    do {
        if (!peer_line(peer, line, sizeof line))
            return false;
        if (strncasecmp(line, "Content-Length: ", 16) == 0)
            length = atoll(line + 16);
    } while (line[0] != '\0');
    if (length != (long long)file->size) {
        fprintf(stderr, "load: %s: %lld bytes instead of %zu\n", file->name, length,
                file->size);
        return false;
    }
    return peer_expect(peer, file->data, file->size, file->name);
}

int http_talk(struct peer *peer, uint64_t *random, int number)
{
    const struct file *asked[TOGETHER];
    char text[TOGETHER * 128];
    int count = 1 + (int)random_below(random, TOGETHER);
    int length = 0;

    (void)number;
    for (int i = 0; i < count; i++) {
        asked[i] = &files[random_below(random, file_count)];
        length += snprintf(text + length, sizeof text - (size_t)length,
                           "GET /known/%s HTTP/1.1\r\nHost: load\r\n\r\n", asked[i]->name);
    }
    if (!peer_send(peer, text, (size_t)length))
        return -1;
    for (int i = 0; i < count; i++) {
        if (!is_answer(peer, asked[i]))
            return -1;
    }
    return count;
}
