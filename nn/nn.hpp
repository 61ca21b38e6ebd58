// Everything of the network module: layers, losses, optimisers, data, summaries, plots.
#pragma once

#include <nn/activation.hpp>
#include <nn/convolution.hpp>
#include <nn/data.hpp>
#include <nn/init.hpp>
#include <nn/linear.hpp>
#include <nn/loss.hpp>
#include <nn/module.hpp>
#include <nn/neurons.hpp>
#include <nn/normalization.hpp>
#include <nn/optim.hpp>
#include <nn/plot.hpp>
#include <nn/plot_text.hpp>
#include <nn/progress.hpp>
#include <nn/recurrent.hpp>
#include <nn/sequential.hpp>
#include <nn/summary.hpp>
#include <nn/terminal.hpp>
#include <nn/training_record.hpp>
