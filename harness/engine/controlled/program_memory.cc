#include "harness/engine/controlled/program_memory.h"

#include "harness/engine/controlled/space.h"

#include <algorithm>

namespace squall::controlled {
namespace {

struct Piece {
  Address at = 0;
  std::size_t size = 0;
};

/// The beginning of such a range that lies in one view, or in none.
Piece first_piece(const Task& task, Address at, std::size_t size) {
  const View* view = task.space->any_closed ? task.space->view_at(at) : nullptr;
  if (view == nullptr) return {at, size};
  const std::size_t here = std::min<std::size_t>(size, view->end - at);
  return {view->is_closed ? at + static_cast<Address>(alias_distance) : at, here};
}

/// `move` is told a piece and how many bytes came before it.
template <class Move>
std::size_t move_pieces(const Task& task, Address at, std::size_t size, Move move) {
  std::size_t done = 0;
  while (done < size) {
    const Piece piece = first_piece(task, at + done, size - done);
    const std::size_t moved = move(piece, done);
    done += moved;
    if (moved < piece.size) break;
  }
  return done;
}

}  // namespace

bool is_closed(const Task& task, Address address) { return task.space->closed_view_at(address) != nullptr; }

std::size_t program_read(const Task& task, Address from, void* to, std::size_t size) {
  return move_pieces(task, from, size, [&](const Piece& piece, std::size_t done) {
    return trace::read(task.tid, piece.at, static_cast<char*>(to) + done, piece.size);
  });
}

std::size_t program_write(const Task& task, Address to, const void* from, std::size_t size) {
  return move_pieces(task, to, size, [&](const Piece& piece, std::size_t done) {
    return trace::write(task.tid, piece.at, static_cast<const char*>(from) + done, piece.size);
  });
}

std::string program_text(const Task& task, Address from, std::size_t limit) {
  std::string found;
  move_pieces(task, from, limit, [&](const Piece& piece, std::size_t) {
    const std::string part = trace::text(task.tid, piece.at, piece.size);
    found += part;
    return part.size();
  });
  return found;
}

}  // namespace squall::controlled
