#pragma once

#include <cstddef>
#include <vector>

namespace survmatch {

// A view of contiguous values that somebody else owns (std::span comes only with C++20).
template <class T>
class Span {
  public:
    Span() = default;
    Span(T* first, std::size_t size) : first_(first), size_(size) {}
    template <class U, class Allocator>
    Span(const std::vector<U, Allocator>& values) : first_(values.data()), size_(values.size()) {}
    template <class U, class Allocator>
    Span(std::vector<U, Allocator>& values) : first_(values.data()), size_(values.size()) {}

    T* begin() const { return first_; }
    T* end() const { return first_ + size_; }
    T* data() const { return first_; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T& operator[](std::size_t i) const { return first_[i]; }

  private:
    T* first_ = nullptr;
    std::size_t size_ = 0;
};

// A column-major matrix that somebody else owns, as R stores it: rows by columns.
class MatrixView {
  public:
    MatrixView() = default;
    MatrixView(const double* first, std::size_t rows, std::size_t columns)
        : first_(first), rows_(rows), columns_(columns) {}

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }
    double operator()(std::size_t row, std::size_t column) const { return first_[column * rows_ + row]; }
    Span<const double> column(std::size_t j) const { return {first_ + j * rows_, rows_}; }
    const double* data() const { return first_; }

  private:
    const double* first_ = nullptr;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
};

}  // namespace survmatch
