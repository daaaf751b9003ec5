#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// What work in another thread listens to: it ends when the others have.
class StopHooks final : public Hooks {
  public:
    explicit StopHooks(const std::atomic<bool>& stop) : stop_(stop) {}
    void tick(std::size_t, std::size_t) override {
        if (stop_) throw Interrupted();
    }

  private:
    const std::atomic<bool>& stop_;
};

// Calls work(item, hooks) for items 0 .. items - 1; `make_work` makes the work of one thread. With more than one thread
// the caller's own only waits, reports progress and learns of interrupts. Work on different items must not touch the
// same memory; then the result is the same for any number of threads. The first exception is thrown again.
template <class MakeWork>
void for_each_item(std::size_t items, int threads, Hooks& hooks, MakeWork make_work) {
    if (threads <= 1 || items <= 1) {
        auto work = make_work();
        for (std::size_t i = 0; i < items; ++i) {
            if (i % 16 == 0) hooks.tick(i, items);
            work(i, hooks);
        }
        return;
    }
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};
    std::mutex mutex;
    std::condition_variable ended;
    std::size_t running = 0;
    std::exception_ptr failure;
    const auto run = [&] {
        try {
            auto work = make_work();
            StopHooks listener(stop);
            for (std::size_t i = next++; i < items && !stop; i = next++) work(i, listener);
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex);
            if (!failure && !stop) failure = std::current_exception();
            stop = true;
        }
        const std::lock_guard<std::mutex> lock(mutex);
        --running;
        ended.notify_one();
    };
    Vector<std::thread> team;
    {
        std::unique_lock<std::mutex> lock(mutex);
        const std::size_t wanted = std::min(items, static_cast<std::size_t>(threads));
        team.reserve(wanted);
        for (; running < wanted; ++running) {
            try {
                team.emplace_back(run);
            } catch (const std::system_error&) {  // the system gives no more threads: those that there are do the work
                if (team.empty()) throw;
                break;
            }
        }
        while (running > 0) {
            ended.wait_for(lock, std::chrono::milliseconds(50));
            lock.unlock();
            try {
                if (!stop) hooks.tick(next < items ? next.load() : items, items);
            } catch (...) {
                const std::lock_guard<std::mutex> guard(mutex);
                if (!failure) failure = std::current_exception();
                stop = true;
            }
            lock.lock();
        }
    }
    for (std::thread& member : team) member.join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace survmatch
