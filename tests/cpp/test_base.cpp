
#include "catch.hpp"
#include "core/base/compensated_sum.hpp"
#include "core/base/hooks.hpp"
#include "core/base/integer_levels.hpp"
#include "core/base/order.hpp"
#include "core/base/parallel.hpp"
#include "core/base/span.hpp"
#include "core/base/spare_pages.hpp"
#include "core/base/vector.hpp"

using namespace survmatch;

TEST_CASE("a compensated sum returns to zero after what was added is subtracted") {
    CompensatedSum sum;
    double plain = 0.0;
    for (const double term : {1e16, 3.25, -1e16, 1e-3}) {
        sum += term;
        plain += term;
    }
    CHECK(sum.value() == 3.251);
    CHECK(plain != 3.251);
    sum -= 3.25;
    CHECK(sum.value() == Approx(1e-3).epsilon(1e-15));
}

TEST_CASE("ties stay in their order") {
    const Vector<double> values{2.0, 1.0, 2.0, 1.0, 0.0};
    const Vector<Index> expected{4, 1, 3, 0, 2};
    CHECK(increasing_order(values) == expected);
    CHECK(increasing_order(Span<const double>()).empty());
}

TEST_CASE("a matrix view reads columns as R stores them") {
    const Vector<double> values{1, 2, 3, 4, 5, 6};
    const MatrixView m(values.data(), 3, 2);
    CHECK(m(0, 1) == 4.0);
    CHECK(m.column(1)[2] == 6.0);
    CHECK(m.column(0).size() == 3);
}

TEST_CASE("a vector of many megabytes is a vector") {
    Vector<double> large(3000000, 1.5);
    large.push_back(2.5);
    Vector<double> other = large;
    other.resize(10);
    other.shrink_to_fit();
    CHECK(std::count(large.begin(), large.end(), 1.5) == 3000000);
    CHECK(large.back() == 2.5);
    CHECK(other == Vector<double>(10, 1.5));
}

TEST_CASE("a block that stays can be written to its last byte") {
    for (const std::size_t bytes : {1572864u, 2000000u, 2097152u, 2500000u, 3200001u, 4194304u, 6400000u}) {
        auto* block = static_cast<unsigned char*>(allocate_lasting_block(bytes));
        CHECK(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t) == 0);
        std::fill_n(block, bytes, static_cast<unsigned char>(7));
        CHECK(std::count(block, block + bytes, 7) == static_cast<std::ptrdiff_t>(bytes));
        free_lasting_block(block, bytes);
    }
    CHECK_FALSE(has_room_for_large_pages(1000000));
}

TEST_CASE("spare blocks are cut, joined and limited") {
    static std::size_t unmapped;
    unmapped = 0;
    SparePages spare(
        100, {[](char*, std::size_t) noexcept {}, [](char*, std::size_t bytes) noexcept { unmapped += bytes; }});
    std::vector<char> memory(200);
    char* const at = memory.data();
    CHECK(spare.take(1) == nullptr);
    spare.give(at, 20);
    spare.give(at + 20, 40);  // beside the first
    CHECK(spare.take(61) == nullptr);
    spare.give(at + 100, 30);
    CHECK(spare.take(25) == at + 105);  // the smallest that is large enough, from its end
    CHECK(spare.take(50) == at + 10);
    CHECK(spare.take(10) == at);
    CHECK(spare.take(5) == at + 100);
    CHECK(spare.take(1) == nullptr);
    spare.give(at, 80);
    spare.give(at + 100, 30);
    CHECK(unmapped == 30);
}

TEST_CASE("whole numbers get the places of their values") {
    const int missing = std::numeric_limits<int>::min();
    const IntegerLevels levels = integer_levels(Vector<int>{7, -3, missing, 0, 7}, missing);
    const Vector<int> values{-3, 0, 7}, codes{3, 1, 0, 2, 3};
    CHECK(levels.values == values);
    CHECK(levels.codes == codes);
    const Vector<int> wide{-2000000000, 2000000000}, none{missing};
    CHECK(integer_levels(wide, missing).codes.empty());
    CHECK(integer_levels(none, missing).codes.empty());
    CHECK(integer_levels(Span<const int>(), missing).codes.empty());
}

TEST_CASE("nobody listens to the silent hooks") {
    CHECK_NOTHROW(no_hooks().tick(1, 2));
}

TEST_CASE("items shared out among threads are each done once, and what goes wrong is thrown again") {
    for (const int threads : {1, 2, 3, 8}) {
        Vector<int> done(1000, 0);
        for_each_item(done.size(), threads, no_hooks(), [&] { return [&](std::size_t i, Hooks&) { ++done[i]; }; });
        CHECK(std::count(done.begin(), done.end(), 1) == 1000);
        const auto failing = [&] {
            return [&](std::size_t i, Hooks&) {
                if (i == 500) throw InputError("item 500");
            };
        };
        CHECK_THROWS_AS(for_each_item(1000, threads, no_hooks(), failing), InputError);
    }
}

TEST_CASE("an interrupt stops all threads") {
    class Impatient final : public Hooks {
      public:
        void tick(std::size_t, std::size_t) override { throw Interrupted(); }
    };
    for (const int threads : {1, 2, 4}) {
        Impatient hooks;
        const auto endless = [&] {
            return [&](std::size_t, Hooks& listener) {
                for (;;) listener.tick(0, 0);
            };
        };
        CHECK_THROWS_AS(for_each_item(100, threads, hooks, endless), Interrupted);
    }
}
