/* SPDX-License-Identifier: MIT
 *
 * libepipe for C++: a scope that ends with its block, also by an exception.
 */
#ifndef EPIPE_HPP
#define EPIPE_HPP

#include <cerrno>
#include <epipe.h>

namespace epipe
{

/* While it lives, no write of this thread raises SIGPIPE: see epipe_scope_enter().
 * Neither copied nor moved, for it belongs to its place on the stack. */
class scope
{
  public:
    scope() noexcept : entered_(epipe_scope_enter(&scope_) == 0)
    {
    }
    ~scope()
    {
        leave();
    }

    scope(const scope &) = delete;
    scope &operator=(const scope &) = delete;

    /* Did the system let us enter?  Where it did not, writes may raise SIGPIPE. */
    explicit operator bool() const noexcept
    {
        return entered_;
    }

    /* Leaves before the block ends; returns how many SIGPIPEs were swallowed.  errno
     * stays. */
    int leave() noexcept
    {
        int saved = errno;
        int count = entered_ ? epipe_scope_leave(&scope_) : 0;

        entered_ = false;
        errno = saved;
        return count;
    }

  private:
    ::epipe_scope scope_;
    bool entered_;
};

} // namespace epipe

#endif
